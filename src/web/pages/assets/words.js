// Takes numbers and codes, gives words for people.
const COUNT = new Intl.NumberFormat("en");
/** 12,345. */
export function count(value) {
    return COUNT.format(value);
}
/** "1 row", "12,345 rows". */
export function counted(value, one, many = `${one}s`) {
    return `${count(value)} ${value === 1 ? one : many}`;
}
/** 5.9 MB; thousands, as file managers mostly count. */
export function bytes(value) {
    const units = ["bytes", "kB", "MB", "GB", "TB"];
    let unit = 0;
    let shown = value;
    while (shown >= 999.5 && unit < units.length - 1) {
        shown /= 1000;
        unit += 1;
    }
    const digits = unit === 0 || shown >= 99.5 ? 0 : 1;
    return `${shown.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits })} ${units[unit]}`;
}
/** Thousandths as percent: 98.8 %. */
export function percent(permille) {
    return `${(permille / 10).toFixed(1)} %`;
}
/** A share of a whole as thousandths, rounded down, as the program does. */
export function permille(part, whole) {
    return whole === 0 ? 0 : Math.floor((part * 1000) / whole);
}
/** How long something may still take: rough on purpose. */
export function remaining(seconds) {
    if (!Number.isFinite(seconds)) {
        return "";
    }
    if (seconds < 10) {
        return "a few seconds left";
    }
    if (seconds < 50) {
        return `about ${Math.ceil(seconds / 10) * 10} seconds left`;
    }
    const minutes = Math.max(1, Math.round(seconds / 60));
    if (minutes < 90) {
        return `about ${counted(minutes, "minute")} left`;
    }
    return `about ${counted(Math.round(minutes / 60), "hour")} left`;
}
/** How sure a proposal is. */
export function sure(value) {
    if (value >= 95) {
        return "sure";
    }
    if (value >= 80) {
        return "likely";
    }
    return value >= 60 ? "check this" : "not sure";
}
/** 3 November 2026, 14:05, in the time of this computer. */
export function moment(rfc3339) {
    const at = new Date(rfc3339);
    return Number.isNaN(at.getTime())
        ? rfc3339
        : at.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
}
/** "a, b and c". */
export function listed(words) {
    return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
/** Names of fields as people say them. */
const FIELDS = {
    first: "first name",
    last: "last name",
    middle: "middle name",
    suffix: "suffix",
    dob: "date of birth",
    sex: "sex",
    ssn: "SSN",
    ssn4: "SSN",
    phone: "telephone",
    address: "address",
    city: "city",
    zip: "ZIP",
    "local-id": "person number",
};
export function field(name) {
    return FIELDS[name] ?? name.replaceAll("_", " ");
}
