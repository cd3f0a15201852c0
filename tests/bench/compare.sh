# shellcheck shell=bash
# Two recordings of results (--json) side by side. Sourced by scripts/bench.

# results_of FILE: a line for each row: row, unit, whether more is better, median, values joined by spaces; '|' between.
results_of() {
  sed -n 's/^{"row": "\([^"]*\)", "unit": "\([^"]*\)", "median": \([^,]*\), "values": \[\([^]]*\)\].*/\1|\2|\3|\4/p' "$1" | tr -d ','
}

# compare OLD NEW: the ratio of the medians, and its spread: the least and the most that one value of each side gives.
# A spread with 1 within it shows no difference.
compare() {
  local old=$1 new=$2
  if [[ -z $(results_of "$old") ]]; then say "scripts/bench: $old holds no results of --json" >&2 && return 1; fi
  if [[ -z $(results_of "$new") ]]; then say "scripts/bench: $new holds no results of --json" >&2 && return 1; fi
  awk -F '|' '
    function bounds(text, out,    parts, n, i) {
      n = split(text, parts, " ")
      out["least"] = out["most"] = parts[1] + 0
      for (i = 2; i <= n; ++i) {
        if (parts[i] + 0 < out["least"]) out["least"] = parts[i] + 0
        if (parts[i] + 0 > out["most"]) out["most"] = parts[i] + 0
      }
    }
    function ratio(a, b) { return b == 0 ? "-" : sprintf("%.3f", a / b) }
    function at_most(a, b) { return a + 0 <= b + 0 }
    NR == FNR { unit[$1] = $2; median[$1] = $3; values[$1] = $4; rows[++count] = $1; next }
    BEGIN { printf "%-18s %12s %12s  %-9s %-16s\n", "", "before", "now", "ratio", "spread" }
    !($1 in median) { printf "%-18s %12s %12s  only now\n", $1, "", $3; next }
    {
      seen[$1] = 1
      bounds(values[$1], a); bounds($4, b)
      least = ratio(b["least"], a["most"]); most = ratio(b["most"], a["least"])
      word = (least == "-" || most == "-") ? "" : (at_most(least, 1) && at_most(1, most)) ? "no difference shown" : ""
      printf "%-18s %12s %12s  %-9s %-16s %s %s\n", $1, median[$1], $3, ratio($3, median[$1]), least " to " most, $2, word
    }
    END { for (i = 1; i <= count; ++i) if (!(rows[i] in seen)) printf "%-18s %12s %12s  only before\n", rows[i], median[rows[i]], "" }
  ' <(results_of "$old") <(results_of "$new")
}
