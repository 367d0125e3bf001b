//! Rates over the time of day, as SVG.

use plotters::prelude::*;
use std::error::Error;
use std::ops::Range;

const SIZE: (u32, u32) = (880, 340);
const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(230, 159, 0), RGBColor(204, 68, 68), RGBColor(120, 120, 120)];
const TEXT: (&str, i32) = ("sans-serif", 14);

/// A curve: requests per second for each minute of the day.
pub(crate) struct Curve<'a> {
    pub(crate) name: &'a str,
    pub(crate) minutes: Vec<f64>,
}

/// Plots the curves over the minutes of `span`, with a line at `quota` if the axis reaches it.
pub(crate) fn plot(title: &str, curves: &[Curve<'_>], span: Range<usize>, quota: f64) -> String {
    let mut svg = String::new();
    draw(&mut svg, title, curves, span, quota).expect("text can be written to");
    // The title is for screen readers.
    svg.replacen(">\n", &format!(">\n<title>{title}, token requests per second</title>\n"), 1)
}

fn draw(
    svg: &mut String,
    title: &str,
    curves: &[Curve<'_>],
    span: Range<usize>,
    quota: f64,
) -> Result<(), Box<dyn Error>> {
    let seen = |curve: &Curve<'_>| curve.minutes.get(span.clone()).unwrap_or_default().to_vec();
    let highest = curves.iter().flat_map(seen).fold(0.0, f64::max);
    let top = highest * 1.08;
    let hours = |minute: usize| minute as f64 / 60.0;
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 17))
        .margin(10)
        .x_label_area_size(38)
        .y_label_area_size(56)
        .build_cartesian_2d(hours(span.start)..hours(span.end), 0.0..top)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(RGBColor(225, 225, 225))
        .label_style(TEXT)
        .x_desc("hour of the day")
        .y_desc("token requests per second")
        .x_label_formatter(&|hour| {
            let minutes = (hour * 60.0).round() as i64;
            format!("{}:{:02}", minutes.div_euclid(60), minutes.rem_euclid(60))
        })
        .draw()?;
    for (curve, colour) in curves.iter().zip(COLOURS) {
        let points = span.clone().zip(seen(curve)).map(|(minute, rate)| (hours(minute), rate));
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(curve.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    if quota < top {
        let ends = [(hours(span.start), quota), (hours(span.end), quota)];
        chart
            .draw_series(DashedLineSeries::new(ends, 6, 4, BLACK.into()))?
            .label("Cognito's default quota")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], BLACK));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(RGBColor(200, 200, 200))
        .label_font(TEXT)
        .draw()?;
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Curve, plot};

    #[test]
    fn a_plot_names_its_curves_and_shows_the_quota_only_where_it_is_near() {
        let curve = |rate| [Curve { name: "vault", minutes: vec![rate; 1_440] }];
        let far = plot("A day", &curve(2.0), 0..1_440, 120.0);
        assert!(far.contains("<title>A day"), "{far}");
        assert!(far.contains("vault") && !far.contains("quota"), "{far}");
        assert!(plot("A day", &curve(200.0), 540..600, 120.0).contains("quota"));
    }
}
