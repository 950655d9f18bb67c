//! How the time to resolve develops, day by day or week by week.

use async_graphql::SimpleObject;
use domain::local_days::{DaySpan, midnight, monday};
use domain::problem::ProblemDomain;
use projections::error::ProjectionError;
use projections::outcomes::Durations;
use projections::outcomes::queries::Reading;

use super::scope::Scope;
use crate::graphql::scalar::{DateTime, clamp_count};

/// Up to so many days it goes day by day, beyond week by week.
const MOST_DAYS: u64 = 90;
/// The most points that a trend has.
pub(super) const LONGEST_TREND: i32 = 90;

/// A day, or a week from Monday, of which only what lies within the period counts. The figures are exact where the trend tells
/// of up to 4,096 sessions; beyond, the percentiles of the fullest points are within one percent.
#[derive(SimpleObject)]
pub struct MttrPoint {
    /// Midnight, in the account's zone, of the day or the Monday.
    bucket_start: DateTime,
    /// Sessions that were resolved.
    n: i32,
    /// Seconds from start to resolution: the average.
    mean: Option<f64>,
    /// Half took no longer.
    p50: Option<f64>,
    /// Nine in ten took no longer.
    p90: Option<f64>,
}

impl MttrPoint {
    pub(super) async fn trend(
        scope: &Scope,
        reading: &mut Reading,
        domain: Option<ProblemDomain>,
    ) -> Result<Vec<Self>, ProjectionError> {
        let weekly = scope.span.days() > MOST_DAYS;
        let spans = if weekly { scope.span.by_week() } else { scope.span.by_day() };
        let figures = reading.resolving_trend(&spans, domain).await?;
        let point = |(span, it): (DaySpan, Durations)| {
            let first = if weekly { monday(span.first) } else { span.first };
            let bucket_start = midnight(scope.zone, first).into();
            Self { bucket_start, n: clamp_count(it.n), mean: it.mean, p50: it.p50, p90: it.p90 }
        };
        Ok(spans.into_iter().zip(figures).map(point).collect())
    }
}
