//! Curves, log-rank tests and Cox models against R's survival and Python's lifelines.

use tallystick_evaluate::survival::{
    CoxFit, CoxRows, FollowUp, Ties, TimeScale, cox, kaplan_meier, log_rank, proportional_hazards,
};
use tallystick_evaluate::{Covariate, Design, Error, Separation, Term};

use crate::reference::{COX_SHARE, Reference, SHARE, Table, close, errors, weights};

struct Data {
    times: Vec<f64>,
    events: Vec<bool>,
    design: Design,
}

impl Data {
    fn read(table: &Table, time: &str, event: &str, covariates: &[&str]) -> Self {
        let covariates: Vec<Covariate> = covariates.iter().map(|name| table.number(name)).collect();
        let design = Design::empty(table.rows).covariates(&covariates).unwrap();
        Self { times: table.numbers(time), events: table.flags(event), design }
    }

    fn rossi() -> Self {
        let covariates = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];
        Self::read(&Table::read("rossi.csv"), "week", "arrest", &covariates)
    }

    fn mixed() -> Self {
        let covariates = ["programme", "age", "prior", "sex"];
        Self::read(&Table::read("mixed.csv"), "time", "event", &covariates)
    }

    fn follow_up<'a>(&'a self, weights: Option<&'a [f64]>) -> FollowUp<'a> {
        FollowUp { times: &self.times, events: &self.events, weights }
    }

    fn fit(&self, ties: Ties, strata: Option<&[u32]>, weights: Option<&[f64]>) -> CoxFit {
        let follow_up = self.follow_up(weights);
        cox(&CoxRows { follow_up, design: &self.design, strata, ties }).unwrap()
    }
}

fn agrees(name: &str, fit: &CoxFit, clusters: Option<&[u32]>) {
    let reference = Reference::read("survival.json").at(name);
    close(name, &fit.coefficients, &reference.numbers("coefficients"), COX_SHARE);
    close(name, &errors(&fit.covariance), &reference.numbers("se"), COX_SHARE);
    let (null, best) = fit.log_likelihood;
    close(name, &[null, best], &reference.numbers("log_likelihood"), COX_SHARE);
    let rows: Vec<u32> = (0..).take(fit.influence.rows()).collect();
    let robust = errors(&fit.clustered(&rows).unwrap());
    close("robust", &robust, &reference.numbers("robust"), COX_SHARE);
    if let Some(clusters) = clusters {
        let clustered = errors(&fit.clustered(clusters).unwrap());
        close("clustered", &clustered, &reference.numbers("clustered"), COX_SHARE);
    }
    for (key, scale) in [
        ("zph_km", TimeScale::KaplanMeier),
        ("zph_identity", TimeScale::Identity),
        ("zph_log", TimeScale::Logarithm),
    ] {
        let theirs = reference.at(key);
        let found = proportional_hazards(fit, scale).unwrap();
        let all = || found.terms.iter().chain([&found.global]);
        let statistics: Vec<f64> = all().map(|test| test.chi_square).collect();
        close(key, &statistics, &theirs.numbers("chi_square"), COX_SHARE);
        let p_values: Vec<f64> = all().map(|test| test.p_value).collect();
        close(key, &p_values, &theirs.numbers("p"), COX_SHARE);
    }
}

#[test]
fn cox_models_are_those_of_r() {
    let rossi = Data::rossi();
    agrees("rossi_efron", &rossi.fit(Ties::Efron, None, None), None);
    agrees("rossi_breslow", &rossi.fit(Ties::Breslow, None, None), None);
    let (mixed, table) = (Data::mixed(), Table::read("mixed.csv"));
    let (officers, districts) = (table.whole("officer"), table.whole("district"));
    agrees("mixed_efron", &mixed.fit(Ties::Efron, None, None), Some(&officers));
    agrees("mixed_breslow", &mixed.fit(Ties::Breslow, None, None), Some(&officers));
    agrees("mixed_strata", &mixed.fit(Ties::Efron, Some(&districts), None), Some(&officers));
    let weights = weights(table.rows);
    agrees("mixed_weighted", &mixed.fit(Ties::Efron, None, Some(&weights)), Some(&officers));
    let breslow = mixed.fit(Ties::Breslow, None, Some(&weights));
    agrees("mixed_weighted_breslow", &breslow, Some(&officers));
}

/// The recidivism of 432 men released from prisons in Maryland: Rossi, Berk, Lenihan (1980), Money, Work, and Crime,
/// Academic Press; coefficients and standard errors as in Fox (2002), Cox proportional-hazards
/// regression for survival data, appendix to An R and S-PLUS Companion to Applied Regression, and in Allison
/// (2010), Survival Analysis Using SAS.
#[test]
fn the_published_coefficients_of_rossi_are_found() {
    let fit = Data::rossi().fit(Ties::Efron, None, None);
    let published = [
        (-0.379, 0.191),
        (-0.057, 0.022),
        (0.314, 0.308),
        (-0.150, 0.212),
        (-0.434, 0.382),
        (-0.085, 0.196),
        (0.091, 0.029),
    ];
    let found = fit.coefficients.iter().zip(errors(&fit.covariance));
    for ((coefficient, error), (theirs, their_error)) in found.zip(published) {
        assert!((coefficient - theirs).abs() < 6e-4 && (error - their_error).abs() < 6e-4);
    }
}

#[test]
fn cox_models_and_curves_are_those_of_lifelines() {
    let reference = Reference::read("python.json");
    let (rossi, theirs) = (Data::rossi(), reference.at("rossi"));
    let fit = rossi.fit(Ties::Efron, None, None);
    close("rossi", &fit.coefficients, &theirs.numbers("coefficients"), COX_SHARE);
    close("rossi", &errors(&fit.covariance), &theirs.numbers("se"), COX_SHARE);
    close("rossi", &[fit.log_likelihood.1], &[theirs.number("log_likelihood")], COX_SHARE);
    curve_agrees(&rossi.follow_up(None), &reference.at("curve"));
}

fn curve_agrees(follow_up: &FollowUp<'_>, theirs: &Reference) {
    let curve = kaplan_meier(follow_up, 0.95).unwrap();
    let times: Vec<f64> = curve.points.iter().map(|point| point.time).collect();
    close("time", &times, &theirs.numbers("time"), SHARE);
    let survival: Vec<f64> = curve.points.iter().map(|point| point.survival).collect();
    close("survival", &survival, &theirs.numbers("survival"), SHARE);
    let (lower, upper): (Vec<f64>, Vec<f64>) =
        curve.points.iter().map(|point| point.interval.unwrap()).unzip();
    close("lower", &lower, &theirs.numbers("lower"), SHARE);
    close("upper", &upper, &theirs.numbers("upper"), SHARE);
}

#[test]
fn curves_are_those_of_r() {
    let reference = Reference::read("survival.json");
    curve_agrees(&Data::rossi().follow_up(None), &reference.at("curve_rossi"));
    let mixed = Data::mixed();
    let weights = weights(mixed.times.len());
    curve_agrees(&mixed.follow_up(Some(&weights)), &reference.at("curve_weighted"));
    // Persons of the programme alone: the others have no weight.
    let programme = Table::read("mixed.csv").numbers("programme");
    let theirs = reference.at("curve_programme");
    curve_agrees(&mixed.follow_up(Some(&programme)), &theirs);
    let curve = kaplan_meier(&mixed.follow_up(Some(&programme)), 0.95).unwrap();
    let at_risk: Vec<f64> = curve.points.iter().map(|point| point.at_risk).collect();
    close("at_risk", &at_risk, &theirs.numbers("at_risk"), SHARE);
    let se: Vec<f64> = curve.points.iter().map(|point| point.standard_error.unwrap()).collect();
    close("se", &se, &theirs.numbers("se"), SHARE);
}

#[test]
fn log_rank_tests_are_those_of_r_and_lifelines() {
    let reference = Reference::read("survival.json");
    let mixed = Table::read("mixed.csv");
    let (data, rossi) = (Data::mixed(), Data::rossi());
    let fin = Table::read("rossi.csv").whole("fin");
    let (race, programme) = (mixed.whole("race"), mixed.whole("programme"));
    let district = mixed.whole("district");
    for (name, data, groups, strata) in [
        ("rank_fin", &rossi, &fin, None),
        ("rank_race", &data, &race, None),
        ("rank_strata", &data, &programme, Some(district.as_slice())),
    ] {
        let theirs = reference.at(name);
        let ours = log_rank(&data.follow_up(None), groups, strata).unwrap();
        close(name, &ours.observed, &theirs.numbers("observed"), SHARE);
        close(name, &ours.expected, &theirs.numbers("expected"), SHARE);
        close(name, &[ours.chi_square], &[theirs.number("chi_square")], SHARE);
        close(name, &[ours.p_value], &[theirs.number("p")], SHARE);
    }
    let theirs = Reference::read("python.json").at("rank");
    let ours = log_rank(&data.follow_up(None), &race, None).unwrap();
    close("lifelines", &[ours.chi_square], &[theirs.number("chi_square")], SHARE);
}

#[test]
fn a_covariate_that_orders_all_events_is_refused() {
    let times: Vec<f64> = (1..=12).map(f64::from).collect();
    let events = [true; 12];
    let follow_up = FollowUp { times: &times, events: &events, weights: None };
    let fit = |x: &[f64]| {
        let design = Design::empty(12).number("x", x).unwrap();
        cox(&CoxRows { follow_up, design: &design, strata: None, ties: Ties::Efron })
    };
    let term = Term::value("x");
    // The first to have the event is always the highest.
    let x: Vec<f64> = (0..12).map(|row| f64::from(12 - row)).collect();
    let kind = Separation::Quasi;
    assert_eq!(fit(&x).unwrap_err(), Error::Separated { term: term.clone(), kind });
    assert_eq!(fit(&[3.5; 12]).unwrap_err(), Error::Collinear { term });
    let none = FollowUp { times: &times, events: &[false; 12], weights: None };
    let design = Design::empty(12).number("x", &x).unwrap();
    let rows = CoxRows { follow_up: none, design: &design, strata: None, ties: Ties::Efron };
    assert_eq!(cox(&rows).unwrap_err(), Error::NoEvents);
}
