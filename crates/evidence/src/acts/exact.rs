//! Sums that are exact or not at all: a decimal that would be rounded to fit is no figure.

use rust_decimal::Decimal;

/// `a + b`, if it can be held exactly.
pub(super) fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    if a.is_zero() {
        return Some(b);
    }
    if b.is_zero() {
        return Some(a);
    }
    let sum = a.checked_add(b)?;
    let exact = sum.scale() == a.scale().max(b.scale());
    exact.then(|| sum.normalize())
}

/// `a - b`, if it can be held exactly.
pub(super) fn subtract(a: Decimal, b: Decimal) -> Option<Decimal> {
    add(a, -b)
}

/// `a x b`, if it can be held exactly.
pub(super) fn multiply(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    if a.is_zero() || b.is_zero() {
        return Some(Decimal::ZERO);
    }
    let product = a.checked_mul(b)?;
    let exact = product.scale() == a.scale() + b.scale();
    exact.then(|| product.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn what_would_be_rounded_is_no_sum() {
        let small = decimal("0.0000000000000000000000000001");
        let large = decimal("7922816251426433759354395033");
        assert_eq!(add(large, small), None);
        assert_eq!(subtract(large, small), None);
        assert_eq!(multiply(small, decimal("0.1")), None);
        assert_eq!(multiply(large, decimal("100")), None);
        assert_eq!(add(Decimal::MAX, Decimal::ONE), None);
        assert_eq!(
            multiply(decimal("1234567890123456.789"), decimal("1.23456789012345")),
            None
        );
    }

    #[test]
    fn what_fits_is_exact_and_keeps_no_idle_zeros() {
        assert_eq!(add(decimal("0.10"), decimal("0.20")), Some(decimal("0.3")));
        assert_eq!(subtract(decimal("1"), decimal("1")), Some(Decimal::ZERO));
        assert_eq!(
            multiply(decimal("0.10"), decimal("-20")),
            Some(decimal("-2"))
        );
        assert_eq!(
            multiply(decimal("0.000"), Decimal::MAX),
            Some(Decimal::ZERO)
        );
        assert_eq!(
            multiply(decimal("90000.00"), decimal("0.0400")).map(|d| d.to_string()),
            Some("3600".to_owned())
        );
    }
}
