//! Numbers as decimal text.

/// `number` in decimal digits, without the standard library's formatter, which would enlarge the worker file.
pub(crate) fn decimal(number: u64) -> String {
    let mut text = String::new();
    let mut scale = 1;
    while number / scale >= 10 {
        scale *= 10;
    }
    while scale > 0 {
        text.extend(u32::try_from(number / scale % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
        scale /= 10;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::decimal;
    use proptest::prelude::*;

    #[test]
    fn boundary_numbers_are_written_as_by_the_standard_library() {
        for number in [0, 1, 9, 10, 11, 99, 100, 101, u64::MAX / 10, u64::MAX - 1, u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }

    proptest! {
        #[test]
        fn every_number_is_written_as_by_the_standard_library(number: u64, shift in 0_u32..64) {
            prop_assert_eq!(decimal(number >> shift), (number >> shift).to_string());
        }
    }
}
