// Takes the report on linkability, gives it as tables and bars. Counts, shares and lines of the export; no value.
import { el, svg } from "./dom.js";
import { note, table } from "./parts.js";
import { count, counted, field, percent, permille } from "./words.js";
/** A bar of parts in thousandths of its whole. */
function bar(parts, whole = 1000) {
    let at = 0;
    const rects = parts.map(([share, tone]) => {
        const rect = svg("rect", { x: at, y: 0, width: share, height: 10, class: tone });
        at += share;
        return rect;
    });
    return svg("svg", { viewBox: `0 0 ${whole} 10`, preserveAspectRatio: "none", class: "bar", "aria-hidden": "true" }, ...rects);
}
function lines({ count: all, lines: first }) {
    return `${first.map(String).join(", ")}${all > first.length ? ", \u2026" : ""}`;
}
function section(title, ...children) {
    return el("section", { class: "stack" }, el("h3", {}, title), ...children);
}
function more(title, ...children) {
    return el("details", { class: "more" }, el("summary", {}, title), ...children);
}
function tile(value, name) {
    return el("div", { class: "tile" }, el("dt", {}, name), el("dd", { class: "value" }, value));
}
function tiles(report) {
    const never = report.never.reduce((sum, one) => sum + one.rows.count, 0);
    const { forecast } = report;
    return el("dl", { class: "tiles" }, forecast === null
        ? tile("\u2013", "expected recall: too few identities to say")
        : tile(percent(forecast.recall), `of true links expected to be found (${percent(forecast.low)} to ${percent(forecast.high)})`), tile(count(report.rows_read), "rows"), tile(count(report.identities), "different identities"), tile(count(never), `rows that can never link (${percent(permille(never, report.rows_read))})`));
}
function warnings(report) {
    if (report.warnings.length === 0) {
        return note("good", el("p", {}, "Nothing to look at before encoding."));
    }
    const list = report.warnings.map((one) => el("li", {}, one.text.slice(0, 1).toUpperCase() + one.text.slice(1), "."));
    return note("warn", el("p", {}, el("strong", {}, "Before encoding, look at")), el("ul", {}, ...list));
}
function completeness(title, fields) {
    const rows = fields.map(({ field: name, cells }) => {
        const share = (part) => permille(part, cells.present + cells.missing + cells.unreadable);
        const parts = [
            [share(cells.present), "first"],
            [share(cells.unreadable), "second"],
            [share(cells.missing), "quiet"],
        ];
        return [field(name), bar(parts), percent(share(cells.present)), cells.unreadable === 0 ? "" : count(cells.unreadable)];
    });
    return table(title, [title, "", "usable", "unreadable"], rows, [2, 3]);
}
/** What each field adds to the expected recall. */
function adds(report) {
    const { forecast } = report;
    if (forecast === null) {
        return null;
    }
    const losses = forecast.without.map((one) => [one.field, Math.max(0, forecast.recall - one.recall)]);
    const most = Math.max(10, ...losses.map(([, loss]) => loss));
    const rows = losses.map(([name, loss]) => [field(name), bar([[loss, "first"]], most), `${(loss / 10).toFixed(1)} points`]);
    return section("What each field adds", el("p", { class: "help mute small" }, "How much lower the expected recall would be without it."), table("Expected recall lost without each field", ["Field", "", "lost without it"], rows, [2]));
}
function never(report) {
    if (report.never.length === 0) {
        return null;
    }
    const rows = report.never.map((one) => [one.reason, count(one.rows.count), lines(one.rows)]);
    return section("Rows that can never link", el("p", { class: "help mute small" }, "Whatever the other agencies hold. Look the lines up in the export."), table("Rows that can never link", ["Why", "rows", "lines"], rows, [1]));
}
function groups(report) {
    const shown = report.groups.filter((group) => group.by !== "month");
    if (shown.length === 0) {
        return null;
    }
    const heads = ["Group", "rows", "never link", ...report.fields.map((one) => field(one.field))];
    const rows = shown.map((group) => [
        `${field(group.by)}: ${group.group}`,
        count(group.rows),
        percent(permille(group.never, group.rows)),
        ...group.present_permille.map((here, at) => {
            const cells = report.fields[at]?.cells;
            const all = cells === undefined ? 0 : permille(cells.present, cells.present + cells.missing + cells.unreadable);
            return here + 50 <= all ? el("span", { class: "low" }, percent(here)) : percent(here);
        }),
    ]);
    return more("By group", el("p", { class: "help mute small" }, "Usable cells. A group whose records are less complete is linked less often. Marked: well below all rows."), table("Usable cells by group", heads, rows, heads.map((_, at) => at).slice(1)));
}
function oddities(report) {
    const { placeholders, hot, heaping, repeats } = report;
    const parts = [];
    if (placeholders.length > 0) {
        const rows = placeholders.map((one) => [
            field(one.field),
            one.word,
            count(one.rows.count),
            one.used === 0 ? "left out" : `${counted(one.used, "row")} would be used`,
            one.drop ?? "",
            lines(one.rows),
        ]);
        const heads = ["Field", "word of our list", "rows", "what becomes of it", "add to missing", "lines"];
        parts.push(el("h4", {}, "Placeholders"), table("Placeholders", heads, rows, [2]));
    }
    if (hot.length > 0) {
        const rows = hot.map((one) => [field(one.field), count(one.people.count), lines(one.people)]);
        parts.push(el("h4", {}, "Values that many people share"), el("p", { class: "help mute small" }, "A shelter\u2019s address is somebody\u2019s; a made-up number is nobody\u2019s."), table("Values that many people share", ["One value of", "people", "lines"], rows, [1]));
    }
    if (heaping.length > 0) {
        const hundredths = (value) => `${(value / 100).toFixed(2)} %`;
        const rows = heaping.map((one) => [one.what, hundredths(one.share), hundredths(one.expected), one.heaped ? "too many" : ""]);
        parts.push(el("h4", {}, "Births"), table("Births on days that clerks like", ["On", "found", "expected", ""], rows, [1, 2]));
    }
    if (repeats.length > 0) {
        const rows = repeats.map((one) => [one.meaning, count(one.groups.count), lines(one.groups)]);
        parts.push(el("h4", {}, "Suspected twins and duplicates"), table("Suspected twins and duplicates", ["What", "groups", "first lines"], rows, [1]));
    }
    return parts.length === 0 ? null : more("Placeholders, shared values, births, duplicates", ...parts);
}
/** The report. */
export function drawn(report) {
    return el("div", { class: "stack report" }, tiles(report), warnings(report), adds(report), section("Completeness", completeness("Fields that link", report.fields), report.content.length === 0 ? null : more("Columns for the evaluation", completeness("Columns for the evaluation", report.content))), never(report), groups(report), oddities(report));
}
