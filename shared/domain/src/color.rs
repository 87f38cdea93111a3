//! A colour, and what can be read on it (WCAG 2.2, relative luminance and contrast).

use crate::ConfigError;

/// An opaque sRGB colour, written `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color([u8; 3]);

impl Color {
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// The colour with these three channels.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// The colour that a setting names: `#rrggbb` or `#rgb`, nothing else, so that the text can stand
    /// in a style sheet as it is.
    ///
    /// # Errors
    /// When it is no such text.
    pub fn parse(setting: &str, text: &str) -> Result<Self, ConfigError> {
        Self::read(text).ok_or_else(|| ConfigError::new(setting, "is not a colour written as #rrggbb"))
    }

    /// The same, where no setting is to blame.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()));
        match *digits.collect::<Option<Vec<u8>>>()? {
            [r, g, b] => Some(Self([r * 17, g * 17, b * 17])),
            [r, rr, g, gg, b, bb] => Some(Self([r * 16 + rr, g * 16 + gg, b * 16 + bb])),
            _ => None,
        }
    }

    /// This colour with so much of another in it, in hundredths.
    #[must_use]
    pub fn mixed(self, other: Self, percent: u8) -> Self {
        let share = u16::from(percent.min(100));
        let mix = |own: u8, theirs: u8| (u16::from(own) * (100 - share) + u16::from(theirs) * share) / 100;
        let ([r, g, b], [rr, gg, bb]) = (self.0, other.0);
        Self([mix(r, rr), mix(g, gg), mix(b, bb)].map(|channel| u8::try_from(channel).unwrap_or(u8::MAX)))
    }

    /// Black or white, whichever can be read on this colour: white where its contrast suffices.
    #[must_use]
    pub fn ink(self) -> Self {
        if self.contrast(Self::WHITE) >= 4.5 { Self::WHITE } else { Self::BLACK }
    }

    /// This colour for a line on `ground`, unless the two can't be told apart (WCAG 1.4.11).
    #[must_use]
    pub fn line_on(self, ground: Self, otherwise: Self) -> Self {
        if self.contrast(ground) >= 3.0 { self } else { otherwise }
    }

    /// The contrast ratio of two colours, 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0;
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_ink_can_be_read_on_every_colour() {
        for red in (0..=255).step_by(5) {
            for green in (0..=255).step_by(5) {
                for blue in (0..=255).step_by(15) {
                    let color = Color::rgb(red, green, blue);
                    assert!(color.contrast(color.ink()) >= 4.5, "{color}");
                }
            }
        }
        assert!((Color::BLACK.contrast(Color::WHITE) - 21.0).abs() < 1e-9);
        assert_eq!(Color::rgb(0xff, 0xd4, 0x00).ink(), Color::BLACK);
        assert_eq!(Color::rgb(0x0b, 0x3d, 0x91).ink(), Color::WHITE);
    }

    #[test]
    fn a_colour_is_written_one_of_two_ways() {
        assert_eq!(Color::parse("BRAND_COLOR", "#0af").unwrap().to_string(), "#00aaff");
        assert_eq!(Color::parse("BRAND_COLOR", "#0B3d91").unwrap().to_string(), "#0b3d91");
        for wrong in ["", "red", "0b3d91", "#0b3d9", "#0b3d911", "#0b3d9g", "#fff;x:y", "#０b3d91"] {
            let error = Color::parse("BRAND_COLOR", wrong).unwrap_err();
            assert_eq!(error.name, "BRAND_COLOR", "{wrong}");
        }
    }
}
