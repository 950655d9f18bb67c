//! What a file is, by its content alone: a whole PNG, JPEG or WebP picture of a bearable size, or refused.
//!
//! Nothing is decompressed: headers are read, so that a picture that unfolds into gigabytes costs nothing here.

use imagesize::{ImageSize, ImageType};

/// Most pixels: more than any screen has, few enough to be shown.
const MOST_PIXELS: usize = 64_000_000;

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// It is something else, whatever its name says.
    #[error("Only PNG, JPEG and WebP pictures are taken; this file is none of them.")]
    OtherType,
    /// It begins like a picture.
    #[error("The picture is damaged or cut off.")]
    Damaged,
    /// It is too large to be shown.
    #[error("The picture has more than 64 million pixels.")]
    TooManyPixels,
}

/// The media type of a picture.
pub fn media_type(bytes: &[u8]) -> Result<&'static str, NoPicture> {
    let (name, is_whole): (_, fn(&[u8]) -> bool) = match imagesize::image_type(bytes) {
        Ok(ImageType::Png) => ("image/png", whole_png),
        Ok(ImageType::Jpeg) => ("image/jpeg", whole_jpeg),
        Ok(ImageType::Webp) => ("image/webp", whole_webp),
        _ => return Err(NoPicture::OtherType),
    };
    let ImageSize { width, height } = imagesize::blob_size(bytes).map_err(|_| NoPicture::Damaged)?;
    if width == 0 || height == 0 || !is_whole(bytes) {
        return Err(NoPicture::Damaged);
    }
    if width.saturating_mul(height) > MOST_PIXELS {
        return Err(NoPicture::TooManyPixels);
    }
    Ok(name)
}

/// The same as a literal, for a type that was found before.
pub fn known(media_type: &str) -> Option<&'static str> {
    ["image/png", "image/jpeg", "image/webp"].into_iter().find(|known| *known == media_type)
}

/// Its chunks follow each other from the header by way of some data to the end.
fn whole_png(bytes: &[u8]) -> bool {
    const SIGNATURE: usize = 8;
    const LENGTH_TYPE_AND_CHECK: usize = 12;
    let (mut at, mut has_data) = (SIGNATURE, false);
    while let Some(head) = bytes.get(at..at.saturating_add(8)) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        at = at.saturating_add(length).saturating_add(LENGTH_TYPE_AND_CHECK);
        match &head[4..] {
            b"IEND" => return has_data && at <= bytes.len(),
            b"IDAT" => has_data = true,
            _ => {}
        }
    }
    false
}

/// Its segments follow each other to a scan, and an end follows that.
fn whole_jpeg(bytes: &[u8]) -> bool {
    const FILL: u8 = 0xff;
    const SCAN: u8 = 0xda;
    const END: [u8; 2] = [0xff, 0xd9];
    let mut at = 2_usize;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at.saturating_add(4)) {
        at += match marker {
            FILL => 1,
            SCAN => return bytes[at..].windows(2).any(|pair| pair == END),
            _ => 2 + usize::from(u16::from_be_bytes([high, low])),
        };
    }
    false
}

/// As many bytes as its header tells of are there.
fn whole_webp(bytes: &[u8]) -> bool {
    const TOLD_AFTER: usize = 8;
    let told = bytes.get(4..TOLD_AFTER).and_then(|told| told.try_into().ok()).map(u32::from_le_bytes);
    told.is_some_and(|told| bytes.len() - TOLD_AFTER >= told as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [length.as_slice(), &kind, data, &[0; 4]].concat()
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        let header = [size.as_slice(), &[8, 6, 0, 0, 0]].concat();
        [
            b"\x89PNG\r\n\x1a\n".as_slice(),
            &chunk(*b"IHDR", &header),
            &chunk(*b"IDAT", &[7; 40]),
            &chunk(*b"IEND", b""),
        ]
        .concat()
    }

    fn jpeg() -> Vec<u8> {
        // A preview inside has an end of its own.
        let preview = [0xff, 0xe1, 0, 8, 0xff, 0xda, 0, 2, 0xff, 0xd9];
        let frame = [0xff, 0xc0, 0, 11, 8, 0, 20, 0, 30, 1, 1, 0x11, 0];
        let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3];
        [[0xff, 0xd8].as_slice(), &preview, &frame, &scan, &[0xff, 0xd9]].concat()
    }

    fn webp() -> Vec<u8> {
        let frame = [0x2f, 29, 0xc0, 4, 0, 0, 0, 0, 0, 0];
        let length = u32::try_from(frame.len()).unwrap().to_le_bytes();
        let inner = [b"WEBPVP8L".as_slice(), &length, &frame].concat();
        let told = u32::try_from(inner.len()).unwrap().to_le_bytes();
        [b"RIFF".as_slice(), &told, &inner].concat()
    }

    #[test]
    fn pictures_are_known_by_their_content() {
        assert_eq!(media_type(&png(640, 480)), Ok("image/png"));
        assert_eq!(media_type(&jpeg()), Ok("image/jpeg"));
        assert_eq!(media_type(&webp()), Ok("image/webp"));
    }

    #[test]
    fn what_is_no_picture_is_refused_whatever_it_begins_with() {
        for other in [
            b"".as_slice(),
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
            b"%PDF-1.7",
            b"MZ\x90\x00",
            b"<html>\x89PNG\r\n\x1a\n",
        ] {
            assert_eq!(media_type(other), Err(NoPicture::OtherType));
        }
    }

    #[test]
    fn a_picture_that_is_cut_off_anywhere_is_refused() {
        for whole in [png(640, 480), jpeg(), webp()] {
            for end in 0..whole.len() {
                assert!(media_type(&whole[..end]).is_err(), "{end} of {}", whole.len());
            }
        }
    }

    #[test]
    fn a_picture_without_pixels_or_with_too_many_is_refused() {
        assert_eq!(media_type(&png(0, 480)), Err(NoPicture::Damaged));
        assert_eq!(media_type(&png(100_000, 100_000)), Err(NoPicture::TooManyPixels));
        assert_eq!(media_type(&png(u32::MAX, u32::MAX)), Err(NoPicture::TooManyPixels));
    }
}
