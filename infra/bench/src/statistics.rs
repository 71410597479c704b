//! What numbers say: percentiles, medians, and whether two samples differ.

#![allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]

/// The value below which this share of the sample lies (nearest rank); zero for no sample.
pub(crate) fn percentile(sorted: &[u32], share: f64) -> u32 {
    debug_assert!(sorted.is_sorted());
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank is within the sample")]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or_default()
}

/// The middle value; zero for no sample.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle.wrapping_sub(1)), sorted.get(middle)) {
        (Some(low), Some(high)) if sorted.len().is_multiple_of(2) => f64::midpoint(*low, *high),
        (_, Some(middle)) => *middle,
        _ => 0.0,
    }
}

/// Mean and variance (of the sample, n − 1).
fn moments(sample: &[f64]) -> (f64, f64) {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let variance = sample.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance)
}

/// Welch's t: by how many standard errors the means differ. With hundreds of degrees of freedom it is as good as a
/// standard normal. Zero when neither sample varies.
pub(crate) fn welch_t(left: &[f64], right: &[f64]) -> f64 {
    let ((left_mean, left_variance), (right_mean, right_variance)) = (moments(left), moments(right));
    let error = (left_variance / left.len() as f64 + right_variance / right.len() as f64).sqrt();
    if error > 0.0 { (left_mean - right_mean) / error } else { 0.0 }
}

/// The Mann–Whitney U test by its normal approximation, ties corrected: by how many standard deviations U is off what
/// samples of one distribution would give. Looks at ranks, so that outliers count no more than others.
pub(crate) fn mann_whitney_z(left: &[f64], right: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = left.iter().map(|value| (*value, true)).collect();
    all.extend(right.iter().map(|value| (*value, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks_of_left, mut ties, mut before) = (0.0, 0.0, 0_usize);
    for group in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let size = group.len() as f64;
        // Equal values share the mean of the ranks that they take up.
        let rank = before as f64 + f64::midpoint(1.0, size);
        ranks_of_left += rank * group.iter().filter(|(_, is_left)| *is_left).count() as f64;
        ties += size.powi(3) - size;
        before += group.len();
    }
    let (n, m) = (left.len() as f64, right.len() as f64);
    let total = n + m;
    let u = ranks_of_left - n * (n + 1.0) / 2.0;
    let variance = n * m / 12.0 * ((total + 1.0) - ties / (total * (total - 1.0)));
    if variance > 0.0 { (u - n * m / 2.0) / variance.sqrt() } else { 0.0 }
}

/// The two-sided probability that a standard normal is this far off, by the Abramowitz and Stegun approximation 7.1.26
/// of the error function (absolute error below 1.5e-7).
pub(crate) fn two_sided_p(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / 0.327_591_1_f64.mul_add(x, 1.0);
    let coefficients = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let polynomial = coefficients.iter().fold(0.0, |sum: f64, coefficient| sum.mul_add(t, *coefficient)) * t;
    polynomial * (-x * x).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let sorted: Vec<u32> = (1..=100).collect();
        assert_eq!([0.5, 0.99, 1.0, 0.0].map(|share| percentile(&sorted, share)), [50, 99, 100, 1]);
        assert_eq!((percentile(&[], 0.5), percentile(&[7], 0.99)), (0, 7));
    }

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        assert!((median(&[4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-12);
        assert!((median(&[9.0, 1.0, 3.0]) - 3.0).abs() < 1e-12);
        assert!(median(&[]).abs() < 1e-12);
    }

    #[test]
    fn two_samples_of_one_distribution_do_not_differ_and_shifted_ones_do() {
        let left: Vec<f64> = (0..500).map(|i| f64::from(i * 7919 % 1000)).collect();
        let right: Vec<f64> = (500..1000).map(|i| f64::from(i * 7919 % 1000)).collect();
        assert!(welch_t(&left, &right).abs() < 2.0 && mann_whitney_z(&left, &right).abs() < 2.0);
        let shifted: Vec<f64> = right.iter().map(|value| value + 100.0).collect();
        assert!(welch_t(&left, &shifted) < -3.0 && mann_whitney_z(&left, &shifted) < -3.0);
        assert!(mann_whitney_z(&[1.0; 5], &[1.0; 5]).abs() < 1e-12);
    }

    #[test]
    fn known_points_of_the_normal_distribution() {
        for (z, p) in [(0.0, 1.0), (1.96, 0.049_996), (-2.575_829, 0.01)] {
            assert!((two_sided_p(z) - p).abs() < 1e-5, "{z}");
        }
    }
}
