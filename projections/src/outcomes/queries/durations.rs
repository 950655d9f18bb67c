//! How long it took: from the durations themselves where these are few, else from sketches.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::local_days::DaySpan;
use domain::problem::ProblemDomain;
use sqlx::FromRow;

use super::{Reading, bind, rows};
use crate::error::ProjectionError;
use crate::outcomes::cover::Cover;
use crate::outcomes::day::{Measure, Slice, TEAM};
use crate::outcomes::day_rows::add_sketch;
use crate::outcomes::durations::Durations;
use crate::outcomes::sketch::Sketch;

/// Up to so many durations, figures are computed from the durations themselves; beyond, from sketches.
const EXACT: i64 = 256;
/// At most so many durations are read for a list of figures, those of the least numerous first.
const READ: i64 = 4_096;

/// The sketches of a row of the sums, in the order asked for.
#[derive(FromRow)]
struct Sketched {
    slice: String,
    day: NaiveDate,
    sketches: Vec<Vec<u8>>,
}

impl Reading {
    /// How long it took with the sessions that were closed in a span, in the order of the measures.
    pub async fn durations(
        &mut self,
        span: DaySpan,
        measures: &[Measure],
    ) -> Result<Vec<Durations>, ProjectionError> {
        let mut sketches = vec![Sketch::default(); measures.len()];
        for row in self.sketched(Cover::by_week(span, self.end), &[Slice::All], measures).await? {
            for (sketch, stored) in sketches.iter_mut().zip(&row.sketches) {
                add_sketch(sketch, stored)?;
            }
        }
        for (_, day) in self.recent(span, Slice::All) {
            for (sketch, measure) in sketches.iter_mut().zip(measures) {
                sketch.add(day.sketch(*measure));
            }
        }
        let mut figures = Vec::with_capacity(measures.len());
        for (sketch, measure) in sketches.iter().zip(measures) {
            let exact = (1..=EXACT).contains(&sketch.n());
            figures.push(if exact { self.exact(span, *measure).await? } else { sketch.figures() });
        }
        Ok(figures)
    }

    async fn exact(&mut self, span: DaySpan, measure: Measure) -> Result<Durations, ProjectionError> {
        let column = measure.column();
        let sql = format!(
            "SELECT {column} FROM outcomes
             WHERE account = $1 AND closed_day BETWEEN $2 AND $3 AND {column} IS NOT NULL"
        );
        let micros = sqlx::query_scalar(&sql).bind(self.account.0).bind(span.first).bind(span.last);
        Ok(Durations::exact(micros.fetch_all(&mut *self.transaction).await?))
    }

    /// How long resolving took by domain; domains without a resolved session are left out.
    pub async fn resolving_by_domain(
        &mut self,
        span: DaySpan,
    ) -> Result<BTreeMap<ProblemDomain, Durations>, ProjectionError> {
        let sketches = self.resolving(span, &ProblemDomain::ALL.map(Slice::Domain)).await?;
        let exact = self.exact_by("domain", span, few(&sketches)).await?;
        let figures = figures(&sketches, exact);
        let of = |domain: &ProblemDomain| figures.get(domain.as_str()).map(|it| (*domain, *it));
        Ok(ProblemDomain::ALL.iter().filter_map(of).collect())
    }

    /// The same of teams or of handlers, by what their slices are called. Their sessions have no index: where many were resolved,
    /// all figures come from sketches.
    pub(super) async fn resolving_by_id(
        &mut self,
        span: DaySpan,
        kind: &str,
        slices: &[Slice],
    ) -> Result<BTreeMap<String, Durations>, ProjectionError> {
        let sketches = self.resolving(span, slices).await?;
        let resolved: i64 = sketches.values().map(Sketch::n).sum();
        let few = if resolved <= READ { few(&sketches) } else { Vec::new() };
        let column = if kind == TEAM { "team" } else { "handler" };
        let exact = self.exact_by(&format!("'{kind}' || {column}"), span, few).await?;
        Ok(figures(&sketches, exact))
    }

    /// The sketches of the time to resolve by slice; those without a resolved session are left out.
    async fn resolving(
        &mut self,
        span: DaySpan,
        slices: &[Slice],
    ) -> Result<BTreeMap<String, Sketch>, ProjectionError> {
        let mut sketches: BTreeMap<String, Sketch> = BTreeMap::new();
        for row in self.sketched(Cover::by_week(span, self.end), slices, &[Measure::Resolve]).await? {
            add_all(sketches.entry(row.slice).or_default(), &row.sketches)?;
        }
        for slice in slices {
            for (_, day) in self.recent(span, *slice) {
                sketches.entry(slice.to_string()).or_default().add(day.sketch(Measure::Resolve));
            }
        }
        sketches.retain(|_, sketch| !sketch.is_empty());
        Ok(sketches)
    }

    /// The times to resolve themselves, of sessions of which this is one of these.
    async fn exact_by(
        &mut self,
        this: &str,
        span: DaySpan,
        these: Vec<String>,
    ) -> Result<Vec<(String, i64)>, ProjectionError> {
        if these.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {this}, resolve_micros FROM outcomes
             WHERE account = $1 AND closed_day BETWEEN $2 AND $3 AND {this} = ANY($4) AND resolve_micros IS NOT NULL"
        );
        let query = sqlx::query_as(&sql).bind(self.account.0).bind(span.first).bind(span.last).bind(these);
        Ok(query.fetch_all(&mut *self.transaction).await?)
    }

    /// How long resolving took in each of these spans, of all sessions or of a domain. The spans follow on each other, and
    /// are days, or weeks of which the first and the last may be cut short.
    pub async fn resolving_trend(
        &mut self,
        spans: &[DaySpan],
        domain: Option<ProblemDomain>,
    ) -> Result<Vec<Durations>, ProjectionError> {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(Vec::new()) };
        let whole = DaySpan { first: first.first, last: last.last };
        let cover = if spans.iter().any(|span| span.days() > 1) { Cover::by_week } else { Cover::by_day };
        let begin = |day: NaiveDate| spans.iter().find(|span| day <= span.last).unwrap_or(last).first;
        let slice = domain.map_or(Slice::All, Slice::Domain);
        let mut sketches: BTreeMap<NaiveDate, Sketch> = BTreeMap::new();
        for row in self.sketched(cover(whole, self.end), &[slice], &[Measure::Resolve]).await? {
            add_all(sketches.entry(begin(row.day)).or_default(), &row.sketches)?;
        }
        for (day, recent) in self.recent(whole, slice) {
            sketches.entry(begin(day)).or_default().add(recent.sketch(Measure::Resolve));
        }
        sketches.retain(|_, sketch| !sketch.is_empty());
        let few = few(&sketches);
        let days: Vec<NaiveDate> =
            spans.iter().filter(|span| few.contains(&span.first)).flat_map(|span| span.iter_days()).collect();
        let exact: Vec<(NaiveDate, i64)> = sqlx::query_as(
            "SELECT closed_day, resolve_micros FROM outcomes
             WHERE account = $1 AND closed_day = ANY($2) AND resolve_micros IS NOT NULL
                   AND ($3::text IS NULL OR domain = $3)",
        )
        .bind(self.account.0)
        .bind(days)
        .bind(domain.map(ProblemDomain::as_str))
        .fetch_all(&mut *self.transaction)
        .await?;
        let exact = exact.into_iter().map(|(day, micros)| (begin(day), micros)).collect();
        let figures = figures(&sketches, exact);
        Ok(spans.iter().map(|span| figures.get(&span.first).copied().unwrap_or_default()).collect())
    }

    async fn sketched(
        &mut self,
        cover: Cover,
        slices: &[Slice],
        measures: &[Measure],
    ) -> Result<Vec<Sketched>, ProjectionError> {
        let columns = measures.iter().map(|it| it.sketch()).collect::<Vec<_>>().join(", ");
        let sql = rows(&format!("ARRAY[{columns}] AS sketches"));
        Ok(bind(sqlx::query_as(&sql), self.account, slices, cover).fetch_all(&mut *self.transaction).await?)
    }
}

fn add_all(sketch: &mut Sketch, stored: &[Vec<u8>]) -> Result<(), ProjectionError> {
    stored.iter().try_for_each(|stored| add_sketch(sketch, stored))
}

/// Those of so few durations that these themselves are looked at.
fn few<K: Ord + Clone>(sketches: &BTreeMap<K, Sketch>) -> Vec<K> {
    let mut few: Vec<(i64, &K)> = sketches.iter().map(|(key, sketch)| (sketch.n(), key)).collect();
    few.retain(|(n, _)| *n <= EXACT);
    few.sort_unstable();
    few.into_iter()
        .scan(0, |read, (n, key)| {
            *read += n;
            (*read <= READ).then(|| key.clone())
        })
        .collect()
}

/// The figures of each: exact where the durations are there, else by the sketch.
fn figures<K: Ord + Clone>(sketches: &BTreeMap<K, Sketch>, exact: Vec<(K, i64)>) -> BTreeMap<K, Durations> {
    let mut durations: BTreeMap<K, Vec<i64>> = BTreeMap::new();
    for (key, micros) in exact {
        durations.entry(key).or_default().push(micros);
    }
    let exact = durations.into_iter().map(|(key, micros)| (key, Durations::exact(micros)));
    let mut figures: BTreeMap<K, Durations> =
        sketches.iter().map(|(key, sketch)| (key.clone(), sketch.figures())).collect();
    figures.extend(exact);
    figures
}
