"""Splink models for the field sets of the benchmark: comparisons, blocking rules, training rules.

febrl: one model, Splink's library comparisons. synth: five recipes an experienced user would try,
each fitted to the fields there are; the benchmark reports the strongest on each variant.

  fast     as library, without the two blocking rules that make most of its pairs; for large data
  library  ForenameSurname with full-name term frequencies, DateOfBirth, one comparison per other
           field; blocking on pairs of fields that agree exactly
  wide     the same comparisons; blocking also on single selective fields and on phonetic names
  split    wide blocking; forename and surname apart, each with its own term frequencies and with
           nearness, short forms and double surnames; dates with day and month exchanged; address, zip and city as one
           comparison (they move together, so three would count one move three times)
  joint    as split, but one comparison of the whole name with a level for each way its parts can
           agree, so that people of one family (surname, address, telephone) are told apart better
"""
RECIPES = ("fast", "library", "wide", "split", "joint")


def febrl(fields, cl, block_on):
    F, tf = set(fields), dict(term_frequency_adjustments=True)
    comps = [cl.ForenameSurnameComparison("first_name", "last_name", forename_surname_concat_col_name="full_name"),
             cl.DateOfBirthComparison("dob", input_is_string=True),
             cl.LevenshteinAtThresholds("zip", 1).configure(**tf)]
    rules = [block_on("first_name", "last_name"), block_on("first_name", "dob"), block_on("last_name", "dob"),
             block_on("dob"), block_on("first_name", "zip"), block_on("last_name", "zip"),
             block_on("substr(first_name,1,3)", "substr(last_name,1,3)"), block_on("zip", "substr(dob,1,7)"),
             "l.first_name = r.last_name and l.last_name = r.first_name"]
    if "suburb" in F:
        comps += [cl.LevenshteinAtThresholds("street_number", 1), cl.JaroWinklerAtThresholds("address_1", [.9, .8]),
                  cl.JaroWinklerAtThresholds("address_2", [.9, .8]),
                  cl.LevenshteinAtThresholds("suburb", 2).configure(**tf), cl.ExactMatch("state")]
        rules += [block_on("address_1", "street_number"), block_on("suburb", "street_number"),
                  block_on("address_1", "zip")]
    if "soc_sec_id" in F:
        comps += [cl.LevenshteinAtThresholds("soc_sec_id", 2)]
        rules += [block_on("soc_sec_id")]
    det = [block_on("first_name", "last_name", "dob"), block_on("last_name", "dob", "zip"),
           block_on("first_name", "dob", "zip")]
    em = [block_on("dob"), block_on("last_name"), block_on("zip")]
    return comps, rules, det, em


def name_apart(col, parts, cl, cll):
    """Exact with term frequency, near, one of `parts` (an array column) in common, less near, far or of one sound, else."""
    return cl.CustomComparison(output_column_name=col, comparison_levels=[
        cll.NullLevel(col), cll.ExactMatchLevel(col, term_frequency_adjustments=True),
        cll.JaroWinklerLevel(col, 0.92), cll.CustomLevel(f"list_has_any({parts}_l, {parts}_r)"),
        cll.JaroWinklerLevel(col, 0.85), cll.Or(cll.JaroWinklerLevel(col, 0.7), cll.ExactMatchLevel(f"{col}_sound")),
        cll.ElseLevel()])


def name_joined(cl, cll):
    """The whole name: which parts agree, and how well."""
    first, last = "(list_has_any(first_name_roots_l, first_name_roots_r))", "(list_has_any(surname_words_l, surname_words_r))"
    near = lambda c: f"(jaro_winkler_similarity({c}_l, {c}_r) >= 0.85)"
    first_near, last_near = f"({first} or {near('first_name')})", f"({last} or {near('last_name')})"
    far = lambda c: f"(jaro_winkler_similarity({c}_l, {c}_r) >= 0.7 or {c}_sound_l = {c}_sound_r)"
    sql = cll.CustomLevel
    return cl.CustomComparison(output_column_name="name", comparison_levels=[
        cll.And(cll.NullLevel("first_name"), cll.NullLevel("last_name")),
        cll.ExactMatchLevel("full_name").configure(tf_adjustment_column="full_name"),
        cll.ColumnsReversedLevel("first_name", "last_name", symmetrical=True),
        sql(f"last_name_l = last_name_r and {first_near}").configure(tf_adjustment_column="last_name"),
        sql(f"first_name_l = first_name_r and {last_near}").configure(tf_adjustment_column="first_name"),
        sql(f"{first_near} and {last_near}"),
        sql(f"({near('first_name').replace('first_name_r', 'last_name_r')} and {near('last_name').replace('last_name_r', 'first_name_r')})"),
        sql("last_name_l = last_name_r and (first_name_l is null or first_name_r is null)").configure(tf_adjustment_column="last_name"),
        sql("first_name_l = first_name_r and (last_name_l is null or last_name_r is null)").configure(tf_adjustment_column="first_name"),
        sql(f"{last_near} and {far('first_name')}"), sql(f"{first_near} and {far('last_name')}"),
        cll.ExactMatchLevel("last_name", term_frequency_adjustments=True), sql(last_near),
        cll.ExactMatchLevel("first_name", term_frequency_adjustments=True), sql(first_near),
        cll.ElseLevel()])


def swapped_names(cl, cll):
    """Whether forename and surname are exchanged; kept apart so that the names stay two comparisons."""
    return cl.CustomComparison(output_column_name="exchanged", comparison_levels=[
        cll.And(cll.NullLevel("first_name"), cll.NullLevel("last_name")),
        cll.ColumnsReversedLevel("first_name", "last_name", symmetrical=True), cll.ElseLevel()])


def dates(cl, cll):
    """DateOfBirth with two more levels: day and month exchanged, and the first of January of the year."""
    return cl.CustomComparison(output_column_name="dob", comparison_levels=[
        cll.NullLevel("dob"), cll.ExactMatchLevel("dob", term_frequency_adjustments=True),
        cll.Or(cll.DamerauLevenshteinLevel("dob", 1),
               cll.CustomLevel("substr(dob_l,1,4) = substr(dob_r,1,4) and substr(dob_l,6,2) = substr(dob_r,9,2) "
                               "and substr(dob_l,9,2) = substr(dob_r,6,2)")),
        cll.CustomLevel("substr(dob_l,1,4) = substr(dob_r,1,4) and (substr(dob_l,6) = '01-01' or substr(dob_r,6) = '01-01')"),
        cll.DamerauLevenshteinLevel("dob", 2),
        cll.CustomLevel("substr(dob_l,1,4) = substr(dob_r,1,4)"),
        cll.CustomLevel("abs(try_cast(substr(dob_l,1,4) as int) - try_cast(substr(dob_r,1,4) as int)) <= 5"),
        cll.ElseLevel()])


def place_joined(F, cl, cll):
    """Address, zip and city as one comparison, finest agreement first; [] when there is none of them."""
    cols = [c for c in ("address", "zip", "city") if c in F]
    if not cols:
        return []
    levels = [cll.And(*[cll.NullLevel(c) for c in cols]) if len(cols) > 1 else cll.NullLevel(cols[0])]
    if "address" in F:
        levels += [cll.ExactMatchLevel("address", term_frequency_adjustments=True),
                   cll.JaroWinklerLevel("address", 0.92)]
    if "zip" in F:
        levels += [cll.ExactMatchLevel("zip", term_frequency_adjustments=True)]
    if "city" in F:
        levels += [cll.ExactMatchLevel("city", term_frequency_adjustments=True)]
        if len(cols) == 1:
            levels += [cll.JaroWinklerLevel("city", 0.88)]
    if "zip" in F:
        levels += [cll.DamerauLevenshteinLevel("zip", 1)]
    return [cl.CustomComparison(output_column_name="place", comparison_levels=[*levels, cll.ElseLevel()])]


def place_apart(F, cl):
    tf, out = dict(term_frequency_adjustments=True), []
    if "address" in F:
        out += [cl.JaroWinklerAtThresholds("address", [.92, .85]).configure(**tf)]
    if "zip" in F:
        out += [cl.LevenshteinAtThresholds("zip", 1).configure(**tf)]
    if "city" in F:
        out += [cl.JaroWinklerAtThresholds("city", [.9]).configure(**tf)]
    return out


def synth_comparisons(F, recipe, cl, cll):
    if recipe == "joint":
        comps = [name_joined(cl, cll)]
    elif recipe == "split":
        comps = [name_apart("first_name", "first_name_roots", cl, cll), name_apart("last_name", "surname_words", cl, cll),
                 swapped_names(cl, cll)]
    else:
        comps = [cl.ForenameSurnameComparison("first_name", "last_name", forename_surname_concat_col_name="full_name")]
    if "dob" in F:
        comps += [dates(cl, cll) if recipe in ("split", "joint") else cl.DateOfBirthComparison("dob", input_is_string=True)]
    if "middle" in F:
        comps += [cl.CustomComparison(output_column_name="middle", comparison_levels=[
            cll.NullLevel("middle"), cll.ExactMatchLevel("middle", term_frequency_adjustments=True),
            cll.CustomLevel("substr(middle_l,1,1) = substr(middle_r,1,1)"), cll.ElseLevel()])]
    comps += [cl.ExactMatch(c) for c in ("suffix", "sex", "race") if c in F]
    if "ssn4" in F:
        comps += [cl.DamerauLevenshteinAtThresholds("ssn4", 1)]
    if "phone" in F:
        comps += [cl.DamerauLevenshteinAtThresholds("phone", [1, 2])]
    return comps + (place_joined(F, cl, cll) if recipe in ("split", "joint") else place_apart(F, cl))


def synth_blocking(F, recipe, block_on):
    has = lambda *c: set(c) <= F
    rules = [block_on("first_name", "last_name"), "l.first_name = r.last_name and l.last_name = r.first_name"]
    if has("dob"):
        rules += [block_on("last_name", "dob"), block_on("first_name", "dob")]
        if recipe != "fast":
            rules += [block_on("last_name", "substr(dob,1,4)"), block_on("first_name", "substr(dob,1,7)")]
        elif has("zip"):
            rules += [block_on("zip", "last_name", "substr(dob,1,4)")]
    for c in ("ssn4", "phone", "address"):
        if has(c):
            rules += [block_on(c, "last_name"), block_on(c, "first_name")] + ([block_on(c, "dob")] if has("dob") else [])
    if has("zip"):
        rules += [block_on("zip", "dob")] if has("dob") else [block_on("zip", "last_name"), block_on("zip", "first_name")]
    if not has("dob"):
        rules += [block_on("last_name_sound", "first_name_sound")]
    if recipe in ("fast", "library"):
        return rules
    rules += [block_on(c) for c in ("dob", "phone", "address", "ssn4") if has(c)]
    rules += [block_on("last_name_sound", "first_name_sound"), block_on("substr(first_name,1,3)", "substr(last_name,1,3)")]
    if has("dob"):
        rules += [block_on("last_name_sound", "substr(dob,1,4)"), block_on("first_name", "substr(dob,1,4)"),
                  block_on("first_name", "substr(dob,6,5)"), block_on("last_name", "substr(dob,6,5)")]
    rules += [block_on("last_name_sound", "substr(first_name,1,1)"), block_on("first_name_sound", "substr(last_name,1,1)")]
    rules += [block_on("surname_words[1]", "first_name_roots[-1]")]
    if has("dob"):
        rules += [block_on("surname_words[1]", "substr(dob,1,4)")]
    for c in ("zip", "city"):
        if has(c) and not (c == "city" and has("dob")):   # nearly everybody is of one city: only where it is needed
            rules += [block_on(c, "last_name_sound"), block_on(c, "first_name_sound")]
    return rules


def synth(fields, recipe, cl, cll, block_on):
    F = set(fields)
    comps, rules = synth_comparisons(F, recipe, cl, cll), synth_blocking(F, recipe, block_on)
    codes = [c for c in ("ssn4", "phone", "address", "zip", "city") if c in F]
    if "dob" in F:
        det = [block_on("first_name", "last_name", "dob")] + ([block_on("ssn4", "dob", "last_name")] if "ssn4" in F else [])
        em = [block_on("first_name", "last_name"), block_on("dob")]
    else:
        det = [block_on("first_name", "last_name", c) for c in codes] or [block_on("first_name", "last_name")]
        em = [block_on("first_name", "last_name")]
        if codes and not {"ssn4", "sex"} <= F:   # else the rule below does; a telephone or address is a household's
            em += [block_on(codes[0], "substr(first_name,1,1)")]
    if "ssn4" in F and "sex" in F:
        em += [block_on("ssn4", "sex")]
    return comps, rules, det, em
