//! The business's colour, and the ink that can be read on it.

/// A colour without transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) [u8; 3]);

impl Colour {
    /// What a business without a readable colour gets.
    const GREY: Self = Self([0x44, 0x44, 0x44]);
    pub(crate) const PAPER: Self = Self([0xff, 0xff, 0xff]);
    pub(crate) const INK: Self = Self([0, 0, 0]);

    /// Reads `#rrggbb`.
    pub(crate) fn of(text: &str) -> Self {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let part = |at: usize| u8::from_str_radix(digits?.get(at..at + 2)?, 16).ok();
        match (part(0), part(2), part(4)) {
            (Some(red), Some(green), Some(blue)) => Self([red, green, blue]),
            _ => Self::GREY,
        }
    }

    /// Paper or ink, whichever is read better on it: at least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3).
    pub(crate) fn ink(self) -> Self {
        if self.luminance() > 1_791 { Self::INK } else { Self::PAPER }
    }

    /// The relative luminance (WCAG 2.2) in ten thousandths.
    pub(crate) fn luminance(self) -> u32 {
        let [red, green, blue] = self.0.map(linear);
        (2_126 * red + 7_152 * green + 722 * blue) / 10_000
    }

    /// As `pass.json` has it.
    pub(crate) fn rgb(self) -> String {
        let [red, green, blue] = self.0;
        format!("rgb({red}, {green}, {blue})")
    }

    /// As `#rrggbb`.
    pub(crate) fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The light of one part of a colour, in ten thousandths: a cubic that follows sRGB's curve.
fn linear(part: u8) -> u32 {
    let x = u64::from(part) * 10_000 / 255;
    let light = x * (x * (x * 3_053 / 10_000 + 6_822) / 10_000 + 125) / 10_000;
    u32::try_from(light).unwrap_or(10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_on_a_colour_can_be_read() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let colour = Colour([red, green, blue]);
                    let (one, other) = (colour.luminance() + 500, colour.ink().luminance() + 500);
                    let hundredths = one.max(other) * 100 / one.min(other);
                    assert!(hundredths >= 450, "{colour:?}: contrast of {hundredths} hundredths");
                }
            }
        }
    }

    #[test]
    fn a_colour_is_six_digits_or_grey() {
        assert_eq!(Colour::of("#2f6b4f"), Colour([0x2f, 0x6b, 0x4f]));
        for bad in ["", "2f6b4f", "#2f6b4", "#2f6b4g", "#ä6b4f", "#2f6b4f0"] {
            assert_eq!(Colour::of(bad), Colour::GREY, "{bad:?} is no colour");
        }
    }
}
