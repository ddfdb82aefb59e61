#include <clipwork/host/config.h>
#include <clipwork/text.h>

#include <algorithm>

#include "table/table_pages.h"

namespace clipwork::table {
namespace fs = std::filesystem;
namespace {

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 72em; color: #1d1d1b; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0; width: 100% }
th, td { text-align: right; padding: .3em .7em; border-bottom: 1px solid #e2e2de; vertical-align: top }
th:first-child, td:first-child { text-align: left }
summary { cursor: pointer }
.group td { font-weight: bold; border-bottom-color: #62625c }
.paper, .note { color: #62625c }
.opposite, .outside { color: #b3400a; font-weight: bold }
.same { color: #00734f }
code { font-size: 13px }
</style>
)";

std::string code(const std::string& text) { return cat("<code>", escaped(text), "</code>"); }

std::string verdict_class(Verdict verdict) {
  if (verdict == Verdict::opposite) return "opposite";
  return verdict == Verdict::same ? "same" : "note";
}

std::string cell(const Cell& cell, const ColumnKind& column) {
  std::string text =
      cat("<td", cell.outside ? " class=\"outside\"" : "", ">", escaped(cell_text(cell, column)));
  if (cell.difference) {
    text += cat("<br><span class=\"", verdict_class(cell.difference->verdict), "\">",
                escaped(difference_text(*cell.difference, column)), "</span>");
  }
  return text + "</td>";
}

std::string job_link(const JobOutcome& outcome, const char* name, const fs::path& folder) {
  const std::string target =
      fs::absolute(outcome.folder).lexically_relative(fs::absolute(folder)).generic_string();
  constexpr const char* kStates[] = {" (not run)", "", " (failed)"};
  return cat("<a href=\"", escaped(target), "/\">", name, "</a>",
             kStates[static_cast<size_t>(outcome.state)]);
}

/// The values that a row's config has, and those of the reference.
std::string config_difference(const RowPlan& row, const RowPlan* reference) {
  if (!reference || reference == &row || reference->runs.empty()) return {};
  std::string text;
  for (const clipwork::Difference& one : differences(row.config, reference->config)) {
    auto shown = [](const Value& value) { return value.is_none() ? "not set" : value.toml(); };
    text += cat("<li>", code(cat(one.path, " = ", shown(one.here))), ", reference ",
                code(shown(one.there)), "</li>");
  }
  return text.empty() ? "" : cat("<ul>", text, "</ul>");
}

std::string details(const TableResult& result, const RowResult& row, const fs::path& folder) {
  const TablePlan& plan = *result.plan;
  std::string text;
  if (!row.problem.empty()) text += cat("<p class=\"note\">", escaped(row.problem), "</p>");
  for (const RowRun& run : row.plan->runs) {
    const Job& job = plan.jobs[run.evaluation];
    text += cat("<p>", escaped(job.label), ": ");
    if (job.training) text += job_link(result.jobs[*job.training], "training", folder) + ", ";
    text += job_link(result.jobs[run.evaluation], "evaluation", folder) + "</p>";
  }
  for (size_t c = 0; c < row.cells.size(); ++c) {
    if (row.cells[c].values.size() < 2) continue;
    text += cat("<p>", escaped(plan.table->columns[c]), " by seed: ",
                join(row.cells[c].values,
                     [&](const auto& one) { return fixed(one.second, result.columns[c].digits); }),
                "</p>");
  }
  return text + config_difference(*row.plan, plan.row(plan.table->reference));
}

}  // namespace

std::string html_page(const TableResult& result, const fs::path& folder) {
  const TablePlan& plan = *result.plan;
  const TableFile& table = *plan.table;
  std::string text = cat(kHead, "<title>", escaped(table.title), "</title>\n<h1>",
                         escaped(table.title), "</h1>\n<p>", escaped(table.source), "</p>\n");
  if (const std::string figure = svg_page(result); !figure.empty()) text += figure;
  text += cat("<p class=\"note\">Edition ", escaped(plan.edition->name),
              ". A cell is our mean +- its standard deviation over seeds (the paper's value)");
  if (!table.reference.empty()) {
    text += cat("; below it, the difference to '", escaped(table.reference),
                "' +- its spread (the paper's), and whether the direction is the same");
  }
  text += ".</p>\n<table>\n<tr><th></th>";
  for (const std::string& column : table.columns) text += cat("<th>", escaped(column), "</th>");
  text += "</tr>\n";
  std::string group;
  for (const RowResult& row : result.rows) {
    if (row.plan->row->group != group) {
      group = row.plan->row->group;
      if (!group.empty())
        text += cat("<tr class=\"group\"><td colspan=\"", table.columns.size() + 1, "\">",
                    escaped(group), "</td></tr>\n");
    }
    text += cat("<tr><td><details><summary>", escaped(row.plan->row->name), "</summary>",
                details(result, row, folder), "</details></td>");
    for (size_t c = 0; c < row.cells.size(); ++c) text += cell(row.cells[c], result.columns[c]);
    text += "</tr>\n";
  }
  text += "</table>\n";
  for (const std::string& note : table.notes) text += cat("<p>", escaped(note), "</p>\n");
  return cat(text, "<p class=\"note\">", escaped(made_by(result)), "</p>\n</html>\n");
}

}  // namespace clipwork::table
