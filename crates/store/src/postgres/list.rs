//! Lists, in one statement whichever the number of spaces.

use crate::{List, Order};

/// The statement for a list: $1 is the space, or all of them in order of name; $2 the kind, $3 the limit, then the ends
/// that there are. Gives each document's place of its space among those asked for (from 1), id, version, sort and body.
pub(super) fn sql(list: &List, many: bool) -> String {
    let (place, which) = if many { ("array_position($1::uuid[], space)", "= ANY($1)") } else { ("1", "= $1") };
    let mut sql = format!(
        "SELECT {place} AS place, id, version, sort, body FROM document
         WHERE space {which} AND kind = $2 AND body IS NOT NULL"
    );
    let mut next = 4;
    if list.from.is_some() {
        sql += &format!(" AND sort >= ${next}");
        next += 1;
    }
    if list.below.is_some() {
        sql += &format!(" AND sort < ${next}");
    }
    let direction = if list.order == Order::Rising { "" } else { " DESC" };
    let place = if many { format!("place{direction}, ") } else { String::new() };
    sql + &format!(" ORDER BY sort{direction}, {place}id{direction} LIMIT $3")
}
