//! The pictures of a pass: the business's logo where it is a PNG image, and else a ticket with a stub, drawn here.
//!
//! **Invariant:** no picture from outside can take more room than [`LARGEST`] pixels, and one that cannot be read is
//! replaced by the drawn one.

use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, Encoder, Limits, Transformations};

use super::PassError;
use crate::colour::Colour;

/// Pixels of a logo.
const LARGEST: u32 = 2_000_000;
/// The room that Wallet has for a logo, in points.
const ROOM: (u32, u32) = (160, 50);
/// Each pixel is looked at in so many places a side.
const FINE: u32 = 4;

/// Red, green, blue and opacity, row by row.
struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 4]>,
}

/// The square that stands for the business in notifications: a ticket on its colour.
pub(super) fn icon(colour: Colour, side: u32) -> Result<Vec<u8>, PassError> {
    let ink = colour.ink();
    let mut picture = Picture::empty(side, side);
    picture.draw(|x, y| rounded((x, y), (0, 0), (1_000, 1_000), 220), colour);
    picture.draw(ticket, ink);
    picture.write()
}

/// What stands at the head of a pass, for a screen of so many pixels a point.
pub(super) fn logo(data_url: &str, colour: Colour, scale: u32) -> Result<Vec<u8>, PassError> {
    if let Some(picture) = read(data_url) {
        return picture.within(ROOM.0 * scale, ROOM.1 * scale).write();
    }
    let mut picture = Picture::empty(ROOM.1 * scale, ROOM.1 * scale);
    picture.draw(ticket, colour.ink());
    picture.write()
}

/// Whether a point belongs to a ticket: a card with round corners, two notches and a tear line between stub and body.
/// All in thousandths of the side.
fn ticket(x: u32, y: u32) -> bool {
    let notch = |at: u32| within((x, y), (380, at), 70);
    let tear = x.abs_diff(380) < 14 && (y / 45).is_multiple_of(2);
    rounded((x, y), (160, 280), (840, 720), 70) && !notch(280) && !notch(720) && !tear
}

fn rounded((x, y): (u32, u32), from: (u32, u32), to: (u32, u32), radius: u32) -> bool {
    if x < from.0 || y < from.1 || x >= to.0 || y >= to.1 {
        return false;
    }
    // The nearest point of the rectangle that the centres of the corners make.
    let near = (x.clamp(from.0 + radius, to.0 - radius), y.clamp(from.1 + radius, to.1 - radius));
    within((x, y), near, radius)
}

fn within((x, y): (u32, u32), centre: (u32, u32), radius: u32) -> bool {
    x.abs_diff(centre.0).pow(2) + y.abs_diff(centre.1).pow(2) <= radius * radius
}

impl Picture {
    fn empty(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![[0; 4]; (width * height) as usize] }
    }

    /// Paints a shape, given in thousandths of the height, over what is there.
    fn draw(&mut self, shape: impl Fn(u32, u32) -> bool, Colour(colour): Colour) {
        let place = |at: u32, fine: u32| ((at * FINE + fine) * 1_000 + 500) / (self.height * FINE);
        for (at, pixel) in (0_u32..).zip(self.pixels.iter_mut()) {
            let (x, y) = (at % self.width, at / self.width);
            let fine = (0..FINE * FINE).filter(|n| shape(place(x, n % FINE), place(y, n / FINE)));
            let over = u32::try_from(fine.count()).unwrap_or(0) * 255 / (FINE * FINE);
            let under = u32::from(pixel[3]) * (255 - over) / 255;
            let whole = over + under;
            if whole == 0 {
                continue;
            }
            for (part, new) in pixel.iter_mut().zip(colour) {
                *part = narrow((u32::from(new) * over + u32::from(*part) * under) / whole);
            }
            pixel[3] = narrow(whole);
        }
    }

    /// The same, as large as it can be within a room; never larger than it is.
    fn within(self, width: u32, height: u32) -> Self {
        let (wide, high) = (u64::from(self.width) * u64::from(height), u64::from(self.height) * u64::from(width));
        let (to_width, to_height) = if self.width <= width && self.height <= height {
            return self;
        } else if wide > high {
            (width, narrow_side(u64::from(width) * u64::from(self.height) / u64::from(self.width)))
        } else {
            (narrow_side(u64::from(height) * u64::from(self.width) / u64::from(self.height)), height)
        };
        let mut small = Self::empty(to_width, to_height);
        for (at, pixel) in (0_u32..).zip(small.pixels.iter_mut()) {
            let (x, y) = (at % to_width, at / to_width);
            *pixel = self.mean(span(x, to_width, self.width), span(y, to_height, self.height));
        }
        small
    }

    /// The mean of a part, what is opaque counting more.
    fn mean(&self, (left, right): (u32, u32), (top, bottom): (u32, u32)) -> [u8; 4] {
        let (mut sums, mut opacity, mut count) = ([0_u64; 3], 0_u64, 0_u64);
        for y in top..bottom {
            for x in left..right {
                let [red, green, blue, opaque] = self.pixels[(y * self.width + x) as usize];
                for (sum, part) in sums.iter_mut().zip([red, green, blue]) {
                    *sum += u64::from(part) * u64::from(opaque);
                }
                opacity += u64::from(opaque);
                count += 1;
            }
        }
        if opacity == 0 {
            return [0; 4];
        }
        let [red, green, blue] = sums.map(|sum| u8::try_from(sum / opacity).unwrap_or(255));
        [red, green, blue, u8::try_from(opacity / count.max(1)).unwrap_or(255)]
    }

    fn write(&self) -> Result<Vec<u8>, PassError> {
        let failed = |error: png::EncodingError| PassError(error.to_string());
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(self.pixels.as_flattened()).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(file)
    }
}

/// Which of `from` pixels the one at `at` of `to` pixels stands for; at least one.
fn span(at: u32, to: u32, from: u32) -> (u32, u32) {
    let place = |at: u32| u32::try_from(u64::from(at) * u64::from(from) / u64::from(to)).unwrap_or(from);
    let first = place(at).min(from - 1);
    (first, place(at + 1).clamp(first + 1, from))
}

fn narrow(part: u32) -> u8 {
    u8::try_from(part).unwrap_or(255)
}

fn narrow_side(side: u64) -> u32 {
    u32::try_from(side).unwrap_or(1).max(1)
}

/// A PNG image in a `data:` URL.
fn read(data_url: &str) -> Option<Picture> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let bytes = STANDARD.decode(data_url.strip_prefix("data:image/png;base64,")?).ok()?;
    let limits = Limits { bytes: LARGEST as usize * 4 };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width, reader.info().height);
    if u64::from(width) * u64::from(height) > u64::from(LARGEST) || width == 0 || height == 0 {
        return None;
    }
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut bytes).ok()?;
    let pixels: Vec<[u8; 4]> = match (frame.color_type, frame.bit_depth) {
        (ColorType::Rgba, BitDepth::Eight) => bytes.as_chunks().0.to_vec(),
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => {
            bytes.as_chunks().0.iter().map(|[grey, opaque]| [*grey, *grey, *grey, *opaque]).collect()
        }
        _ => return None,
    };
    (pixels.len() as u64 == u64::from(width) * u64::from(height)).then_some(Picture { width, height, pixels })
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    fn size(png: &[u8]) -> (u32, u32) {
        let reader = Decoder::new(Cursor::new(png)).read_info().unwrap();
        (reader.info().width, reader.info().height)
    }

    fn url(picture: &Picture) -> String {
        format!("data:image/png;base64,{}", STANDARD.encode(picture.write().unwrap()))
    }

    #[test]
    fn an_icon_is_the_colour_with_something_on_it() {
        let file = icon(Colour([0x2f, 0x6b, 0x4f]), 29).unwrap();
        assert_eq!(size(&file), (29, 29), "as large as Wallet wants it");
        let picture = read(&format!("data:image/png;base64,{}", STANDARD.encode(file))).unwrap();
        let at = |x: usize, y: usize| picture.pixels[y * 29 + x];
        assert_eq!(at(0, 0)[3], 0, "the corners are round");
        assert_eq!(at(14, 3), [0x2f, 0x6b, 0x4f, 255], "the ground is the business's colour");
        assert_eq!(at(18, 14), [255, 255, 255, 255], "and the ticket is what can be read on it");
    }

    #[test]
    fn a_logo_is_made_small_enough_and_never_cut() {
        let mut wide = Picture::empty(640, 100);
        wide.pixels.fill([200, 10, 10, 255]);
        let file = logo(&url(&wide), Colour::PAPER, 1).unwrap();
        assert_eq!(size(&file), (160, 25), "its shape stays");
        let picture = read(&format!("data:image/png;base64,{}", STANDARD.encode(file))).unwrap();
        assert!(picture.pixels.iter().all(|pixel| *pixel == [200, 10, 10, 255]), "and its colours");
    }

    #[test]
    fn what_is_no_image_is_drawn_instead() {
        let huge = {
            // A header that promises more pixels than anybody wants to hold.
            let mut png = Picture::empty(1, 1).write().unwrap();
            png[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
            png
        };
        for bad in ["", "data:image/svg+xml;utf8,<svg/>", "data:image/png;base64,????"] {
            assert_eq!(size(&logo(bad, Colour::PAPER, 2).unwrap()), (100, 100), "{bad}: the ticket stands in");
        }
        let huge = format!("data:image/png;base64,{}", STANDARD.encode(huge));
        assert_eq!(size(&logo(&huge, Colour::PAPER, 1).unwrap()), (50, 50), "an image that explodes is not read");
    }
}
