//! What a pass says, in the languages it can say it in.
//!
//! A field's label in `pass.json` is the English word, and at the same time the key under which each language has its
//! own: a phone that speaks none of these languages shows English. One more language is one more entry of
//! [`LANGUAGES`]; a test sees to it that it has every word.

/// The words of one language: its folder's name, and word by word what English says.
pub(super) struct Language {
    /// For example `en`.
    pub(super) code: &'static str,
    words: &'static [(&'static str, &'static str)],
}

/// The words that a pass uses, with what they are in English.
macro_rules! words {
    ($($name:ident = $english:literal;)+) => {
        $(pub(super) const $name: &str = $english;)+
        const ENGLISH: &[(&str, &str)] = &[$(($english, $english)),+];
    };
}

words! {
    APPOINTMENT = "Appointment";
    DATE = "Date";
    WHEN = "When";
    WITH = "With";
    WHERE = "Where";
    ADDRESS = "Address";
    PEOPLE = "People";
    STATUS = "Status";
    CONFIRMED = "Confirmed";
    REQUESTED = "Requested";
    NOT_PAID = "Not paid yet";
    CHECKED_IN = "Checked in";
    POSTPONED = "Postponed";
    CANCELLED = "Cancelled";
    OVER = "Over";
    REFERENCE = "Reference";
    LENGTH = "Ends";
    ZONE = "Times are those of";
    CHANGE = "See or change it";
    CONTACT = "Contact";
    NOW_AT = "Your appointment is now on %@";
    NOW_IS = "Your appointment: %@";
    NEAR = "Your appointment is close by";
    MEMBER = "Member";
    SINCE = "With us since";
    NAME_NOW = "Your name is now %@";
    POLICIES = "House rules";
}

/// All languages.
pub(super) const LANGUAGES: &[Language] = &[Language { code: "en", words: ENGLISH }];

impl Language {
    /// The text of `pass.strings`: one `"key" = "value";` a line, UTF-8.
    pub(super) fn strings(&self) -> String {
        self.words.iter().map(|(key, word)| format!("\"{}\" = \"{}\";\n", escaped(key), escaped(word))).collect()
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_word() {
        for Language { code, words } in LANGUAGES {
            let keys = |words: &[(&'static str, &'static str)]| words.iter().map(|(key, _)| *key).collect::<Vec<_>>();
            assert_eq!(keys(words), keys(ENGLISH), "{code}: a missing word would be shown in English");
            for (key, word) in *words {
                assert_eq!(key.matches("%@").count(), word.matches("%@").count(), "{code}: {key} names what changed");
            }
        }
    }

    #[test]
    fn a_word_cannot_end_its_line() {
        let language = Language { code: "xx", words: &[("a\"b", "c\\d\ne")] };
        assert_eq!(language.strings(), "\"a\\\"b\" = \"c\\\\d\\ne\";\n", "quotes, backslashes and lines are escaped");
    }
}
