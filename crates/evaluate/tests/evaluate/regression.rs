//! Regression models against R's stats, sandwich and MASS.

use tallystick_evaluate::regression::{
    Correction, Fit, Rows, clustered, heteroskedastic, linear, logistic, negative_binomial, poisson,
};
use tallystick_evaluate::{Covariate, Design};

use crate::reference::{Reference, SHARE, Table, close, errors, log_years, weights};

fn agrees(name: &str, fit: &Fit, design: &Design, clusters: Option<&[u32]>) {
    let reference = Reference::read("regression.json").at(name);
    let robust = |correction| errors(&heteroskedastic(fit, design, correction).unwrap());
    close(name, &fit.coefficients, &reference.numbers("coefficients"), SHARE);
    close(name, &errors(&fit.covariance), &reference.numbers("se"), SHARE);
    close(name, &robust(Correction::None), &reference.numbers("hc0"), SHARE);
    close(name, &robust(Correction::Degrees), &reference.numbers("hc1"), SHARE);
    let Some(clusters) = clusters else { return };
    for (correction, key) in [
        (Correction::None, "cr_none"),
        (Correction::Groups, "cr_groups"),
        (Correction::Degrees, "cr_degrees"),
    ] {
        let covariance = clustered(fit, design, clusters, correction).unwrap();
        close(key, &errors(&covariance), &reference.numbers(key), SHARE);
    }
}

fn log_likelihood_agrees(name: &str, fit: &Fit) {
    let reference = Reference::read("regression.json").at(name).number("log_likelihood");
    close(name, &[fit.log_likelihood], &[reference], SHARE);
}

pub(crate) fn lalonde_covariates(table: &Table) -> Vec<Covariate> {
    let number = |name: &str| table.number(name);
    vec![
        number("age"),
        number("educ"),
        table.category("race", 3),
        number("married"),
        number("nodegree"),
        number("re74"),
        number("re75"),
    ]
}

pub(crate) fn mixed_covariates(table: &Table) -> Vec<Covariate> {
    vec![
        table.number("age"),
        table.number("prior"),
        table.number("sex"),
        table.category("race", 4),
        table.category("housing", 3),
        table.number("income"),
    ]
}

#[test]
fn logistic_regression_is_that_of_r() {
    let table = Table::read("mixed.csv");
    let design = Design::with_intercept(table.rows).covariates(&mixed_covariates(&table)).unwrap();
    let fit = logistic(&Rows::new(&design, &table.numbers("programme"))).unwrap();
    agrees("logistic_mixed", &fit, &design, Some(&table.whole("officer")));
    log_likelihood_agrees("logistic_mixed", &fit);

    let table = Table::read("lalonde.csv");
    let design =
        Design::with_intercept(table.rows).covariates(&lalonde_covariates(&table)).unwrap();
    let fit = logistic(&Rows::new(&design, &table.numbers("treat"))).unwrap();
    agrees("logistic_lalonde", &fit, &design, None);
}

fn two_columns(table: &Table) -> Design {
    let design = Design::with_intercept(table.rows);
    let design = design.number("programme", &table.numbers("programme")).unwrap();
    design.covariates(&[table.number("prior")]).unwrap()
}

#[test]
fn weights_of_zero_leave_rows_out() {
    let table = Table::read("mixed.csv");
    let (design, weights) = (two_columns(&table), weights(table.rows));
    let officers = table.whole("officer");
    let (rearrested, felony) = (table.numbers("rearrested"), table.numbers("felony"));
    let fit = logistic(&Rows::new(&design, &rearrested).weighted(&weights)).unwrap();
    agrees("logistic_weighted", &fit, &design, Some(&officers));
    let fit = linear(&Rows::new(&design, &felony).weighted(&weights)).unwrap();
    agrees("linear_weighted", &fit, &design, Some(&officers));
    log_likelihood_agrees("linear_weighted", &fit);
    let exposure = log_years(&table);
    let rows = Rows::new(&design, &felony).weighted(&weights).offset(&exposure);
    agrees("poisson_weighted", &poisson(&rows).unwrap(), &design, Some(&officers));
}

#[test]
fn rate_ratios_are_those_of_r() {
    let table = Table::read("mixed.csv");
    let design = Design::with_intercept(table.rows)
        .number("programme", &table.numbers("programme"))
        .unwrap()
        .covariates(&[table.number("age"), table.number("prior")])
        .unwrap();
    let (felony, exposure, officers) =
        (table.numbers("felony"), log_years(&table), table.whole("officer"));
    let rows = Rows::new(&design, &felony).offset(&exposure);
    let fit = poisson(&rows).unwrap();
    agrees("poisson", &fit, &design, Some(&officers));
    log_likelihood_agrees("poisson", &fit);

    let reference = Reference::read("regression.json").at("negative_binomial");
    let model = negative_binomial(&rows).unwrap();
    close("coefficients", &model.fit.coefficients, &reference.numbers("coefficients"), SHARE);
    close("se", &errors(&model.fit.covariance), &reference.numbers("se"), SHARE);
    close("theta", &[model.theta], &[reference.number("theta")], SHARE);
    close("theta", &[model.theta_standard_error], &[reference.number("theta_se")], SHARE);
    let robust = clustered(&model.fit, &design, &officers, Correction::Degrees).unwrap();
    close("cr_degrees", &errors(&robust), &reference.numbers("cr_degrees"), SHARE);
    log_likelihood_agrees("negative_binomial", &model.fit);
}

#[test]
fn linear_regression_is_that_of_r() {
    let table = Table::read("lalonde.csv");
    let design = Design::with_intercept(table.rows)
        .number("treat", &table.numbers("treat"))
        .unwrap()
        .covariates(&lalonde_covariates(&table))
        .unwrap();
    let fit = linear(&Rows::new(&design, &table.numbers("re78"))).unwrap();
    agrees("linear_lalonde", &fit, &design, None);
    log_likelihood_agrees("linear_lalonde", &fit);
}

/// The experiment's own effect on earnings in 1978: 1,794 dollars with a standard error of 633; Dehejia, Wahba
/// (1999), doi:10.1080/01621459.1999.10473858, and (2002), doi:10.1162/003465302317331982.
#[test]
fn the_published_effect_of_the_nsw_is_found() {
    let nsw = Table::read("nsw.csv");
    let design = Design::with_intercept(nsw.rows).number("treat", &nsw.numbers("treat")).unwrap();
    let fit = linear(&Rows::new(&design, &nsw.numbers("re78"))).unwrap();
    assert_eq!(fit.coefficients[1].round().to_string(), "1794");
    assert_eq!(errors(&fit.covariance)[1].round().to_string(), "633");
}

#[test]
fn a_second_opinion_is_that_of_statsmodels() {
    let reference = Reference::read("python.json");
    let table = Table::read("mixed.csv");
    let design = Design::with_intercept(table.rows)
        .number("programme", &table.numbers("programme"))
        .unwrap()
        .covariates(&[table.number("age"), table.number("prior")])
        .unwrap();
    let (felony, exposure, officers) =
        (table.numbers("felony"), log_years(&table), table.whole("officer"));
    let rearrested = table.numbers("rearrested");
    let logistic = logistic(&Rows::new(&design, &rearrested)).unwrap();
    let poisson = poisson(&Rows::new(&design, &felony).offset(&exposure)).unwrap();
    let linear = linear(&Rows::new(&design, &felony)).unwrap();
    for (name, fit) in [("logistic", logistic), ("poisson", poisson), ("linear", linear)] {
        let theirs = reference.at(name);
        close(name, &fit.coefficients, &theirs.numbers("coefficients"), SHARE);
        close(name, &errors(&fit.covariance), &theirs.numbers("se"), SHARE);
        if name != "logistic" {
            let robust = clustered(&fit, &design, &officers, Correction::Degrees).unwrap();
            close(name, &errors(&robust), &theirs.numbers("clustered"), SHARE);
        }
    }
}
