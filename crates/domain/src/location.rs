//! Where a place lies on the earth.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A point on the earth: latitude and longitude in degrees of WGS 84, the system of satellite navigation and of maps.
///
/// **Invariant:** the latitude is -90 to 90 and the longitude -180 to 180 degrees.
///
/// Kept as whole millionths of a degree, of which one is at most 11 centimetres: so two points are equal or not, and what
/// was written is what is read, which floating point does not promise. Six places is also what calendars are given (RFC
/// 5545, section 3.8.1.6). Written down and sent as decimal degrees; further places are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[serde(try_from = "Degrees", into = "Degrees")]
pub struct Location {
    /// Degrees north of the equator, -90 to 90.
    #[schema(value_type = f64, minimum = -90, maximum = 90, example = 52.5271)]
    latitude: i32,
    /// Degrees east of Greenwich, -180 to 180.
    #[schema(value_type = f64, minimum = -180, maximum = 180, example = 13.3943)]
    longitude: i32,
}

/// No point on the earth.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LocationError {
    /// Beyond a pole, or no number.
    #[error("the latitude is {0}, but must be -90 to 90 degrees")]
    Latitude(f64),
    /// More than half around the earth, or no number.
    #[error("the longitude is {0}, but must be -180 to 180 degrees")]
    Longitude(f64),
}

impl Location {
    /// The point of a latitude and a longitude in degrees.
    ///
    /// # Errors
    /// See [`LocationError`].
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, LocationError> {
        Ok(Self {
            latitude: millionths(latitude, 90.0).ok_or(LocationError::Latitude(latitude))?,
            longitude: millionths(longitude, 180.0).ok_or(LocationError::Longitude(longitude))?,
        })
    }

    /// Degrees north of the equator.
    pub fn latitude(self) -> f64 {
        degrees(self.latitude)
    }

    /// Degrees east of Greenwich.
    pub fn longitude(self) -> f64 {
        degrees(self.longitude)
    }
}

/// `52.5271,13.3943`
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.latitude(), self.longitude())
    }
}

/// As a location is written down.
#[derive(Serialize, Deserialize)]
struct Degrees {
    latitude: f64,
    longitude: f64,
}

impl TryFrom<Degrees> for Location {
    type Error = LocationError;
    fn try_from(degrees: Degrees) -> Result<Self, LocationError> {
        Self::new(degrees.latitude, degrees.longitude)
    }
}

impl From<Location> for Degrees {
    fn from(location: Location) -> Self {
        Self { latitude: location.latitude(), longitude: location.longitude() }
    }
}

/// Nothing when it is more than `most` either way, or no number.
#[expect(clippy::float_arithmetic, reason = "degrees come as decimals; from here on they are integers")]
fn millionths(degrees: f64, most: f64) -> Option<i32> {
    // No number lies in any range.
    (-most..=most).contains(&degrees).then(|| (degrees * 1e6).round() as i32)
}

/// The closest number to the decimal, which is therefore written with as few places.
#[expect(clippy::float_arithmetic, reason = "degrees leave as decimals; before, they are integers")]
fn degrees(millionths: i32) -> f64 {
    f64::from(millionths) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_as_it_is_written() {
        for (text, why) in [
            (r#"{"latitude":52.5271,"longitude":13.3943}"#, "as maps give it"),
            (r#"{"latitude":-33.865143,"longitude":151.2099}"#, "south"),
            (r#"{"latitude":0.1,"longitude":-0.3}"#, "decimals that floating point does not have"),
            (r#"{"latitude":-90.0,"longitude":180.0}"#, "to the very end"),
        ] {
            let location: Location = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&location).unwrap(), text, "{why}");
        }
        let whole: Location = serde_json::from_str(r#"{"latitude":52,"longitude":-13}"#).unwrap();
        assert_eq!(whole, Location::new(52.0, -13.0).unwrap(), "whole degrees need no point");
        let fine = Location::new(52.527_100_449, 13.394_300_9).unwrap();
        assert_eq!(fine.to_string(), "52.5271,13.394301", "what is finer than a millionth is rounded");
    }

    #[test]
    fn every_point_comes_back() {
        // Every 37th millionth of a degree: all lengths of decimals, on both sides of zero.
        for at in (-180_000_000..=180_000_000).step_by(37 * 1_009) {
            let there = Location { latitude: at / 2, longitude: at };
            assert_eq!(Location::new(there.latitude(), there.longitude()), Ok(there), "{there} is the same again");
        }
    }

    #[test]
    fn what_is_not_on_earth_is_no_location() {
        for latitude in [90.000_001, -91.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            let error = Location::new(latitude, 0.0).unwrap_err();
            assert!(matches!(error, LocationError::Latitude(_)), "{latitude} is beyond the pole: {error}");
        }
        for longitude in [180.000_001, -181.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e300] {
            let error = Location::new(0.0, longitude).unwrap_err();
            assert!(matches!(error, LocationError::Longitude(_)), "{longitude} is not on the map: {error}");
        }
        let swapped = serde_json::from_str::<Location>(r#"{"latitude":113.3943,"longitude":52.5271}"#).unwrap_err();
        assert!(swapped.to_string().contains("latitude is 113.3943"), "it is said which and how: {swapped}");
        for half in
            [r#"{"latitude":52.5}"#, r#"{"longitude":13.4}"#, r#"{"latitude":"52.5","longitude":"13.4"}"#, "[1]"]
        {
            assert!(serde_json::from_str::<Location>(half).is_err(), "{half} is no point");
        }
    }
}
