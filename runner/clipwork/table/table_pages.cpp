#include "table/table_pages.h"

#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/output_file.h>
#include <clipwork/text.h>
#include <clipwork/version.h>

#include <algorithm>
#include <cmath>

#include "table/job_record.h"

namespace clipwork::table {
namespace fs = std::filesystem;
namespace {

std::string number(double value, const ColumnKind& column) { return fixed(value, column.digits); }

std::string signed_number(double value, const ColumnKind& column) {
  return cat(value >= 0 ? "+" : "", number(value, column));
}

/// The paper's difference, or the direction that it states.
std::string claimed(double paper, const ColumnKind& column) {
  if (std::isinf(paper)) return paper > 0 ? "above" : "below";
  return signed_number(paper, column);
}

std::string replaced(std::string text, char from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, 1, to);
  }
  return text;
}

std::string for_markdown(const std::string& text) { return replaced(text, '|', "\\|"); }

std::string for_csv(const std::string& text) {
  return cat("\"", replaced(text, '"', "\"\""), "\"");
}

std::string for_tex(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("&%$#_{}").find(c) != std::string_view::npos) out += '\\';
    if (c == '\\' || c == '~' || c == '^') {
      out += c == '\\' ? "\\textbackslash{}" : cat("\\", c, "{}");
    } else {
      out += c;
    }
  }
  return out;
}

/// The paper's value in brackets, after ours or alone.
std::string for_tex(const Cell& cell, const ColumnKind& column) {
  std::string text = cell.mean ? cat("$", number(*cell.mean, column)) : "";
  if (cell.deviation) text += cat(" \\pm ", number(*cell.deviation, column));
  if (cell.mean) text += "$";
  if (cell.paper) text += cat(cell.mean ? " " : "", "(", number(*cell.paper, column), ")");
  return text.empty() ? "--" : text;
}

std::string title(const TableResult& result) {
  return cat(result.plan->table->title, ", edition ", result.plan->edition->name);
}

bool has_differences(const TableResult& result) {
  return std::ranges::any_of(result.rows, [](const RowResult& row) {
    return std::ranges::any_of(row.cells, [](const Cell& cell) { return !!cell.difference; });
  });
}

void member(JsonWriter& json, const char* name, const std::optional<double>& value) {
  if (value) json.member(name, *value);
}

void write_difference(JsonWriter& json, const Difference& difference) {
  json.begin_object("difference");
  json.member("ours", difference.ours);
  if (difference.paper && std::isinf(*difference.paper)) {
    json.member("paper", *difference.paper > 0 ? "above" : "below");
  } else {
    member(json, "paper", difference.paper);
  }
  member(json, "deviation_over_seeds", difference.seeds);
  member(json, "deviation_over_videos", difference.videos);
  json.member("verdict", verdict_name(difference.verdict));
  json.end_object();
}

void write_cell(JsonWriter& json, const Cell& cell) {
  json.begin_object();
  member(json, "mean", cell.mean);
  member(json, "deviation", cell.deviation);
  member(json, "paper", cell.paper);
  if (cell.outside) json.member("outside_of_tolerance", true);
  json.begin_array("values");
  for (const auto& [seed, value] : cell.values) {
    json.begin_object();
    if (seed) json.member("seed", *seed);
    json.member("value", value);
    json.end_object();
  }
  json.end_array();
  if (cell.difference) write_difference(json, *cell.difference);
  json.end_object();
}

void write_row(JsonWriter& json, const TableResult& result, const RowResult& row) {
  const TablePlan& plan = *result.plan;
  json.begin_object();
  json.member("name", row.plan->row->name);
  if (!row.plan->row->group.empty()) json.member("group", row.plan->row->group);
  if (!row.problem.empty()) json.member("problem", row.problem);
  json.begin_object("cells");
  for (size_t c = 0; c < row.cells.size(); ++c) {
    json.key(plan.table->columns[c]);
    write_cell(json, row.cells[c]);
  }
  json.end_object();
  json.begin_array("runs");
  for (const RowRun& run : row.plan->runs) {
    json.begin_object();
    if (run.seed) json.member("seed", *run.seed);
    const std::string& data = plan.edition->data[run.data].name;
    if (!data.empty()) json.member("data", data);
    json.member("evaluation", run.evaluation);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_job(JsonWriter& json, const Job& job, const JobOutcome& outcome) {
  constexpr const char* kStates[] = {"missing", "done", "failed"};
  json.begin_object();
  json.member("kind", job.trains ? "training" : "evaluation");
  json.member("job", job.label);
  json.member("hash", outcome.folder.filename().string());
  json.member("state", kStates[static_cast<size_t>(outcome.state)]);
  if (!outcome.reason.empty()) json.member("reason", outcome.reason);
  if (job.training) json.member("training", *job.training);
  if (!job.weights.empty()) json.member("weights", fs::path(job.weights).filename().string());
  if (outcome.state == JobOutcome::State::done) {
    json.member("seconds", seconds_of(job, outcome.folder));
    json.member("machine", machine_of(outcome.folder));
  }
  json.end_object();
}

}  // namespace

std::string cell_text(const Cell& cell, const ColumnKind& column) {
  std::string text = cell.mean ? number(*cell.mean, column) : "-";
  if (cell.deviation) text += cat(" +- ", number(*cell.deviation, column));
  if (cell.paper) text += cat(" (", number(*cell.paper, column), ")");
  return text;
}

std::string difference_text(const Difference& difference, const ColumnKind& column) {
  std::string text = signed_number(difference.ours, column);
  if (difference.spread() > 0) text += cat(" +- ", number(difference.spread(), column));
  if (difference.paper) text += cat(" (", claimed(*difference.paper, column), ")");
  if (difference.verdict != Verdict::none) text += cat(": ", verdict_name(difference.verdict));
  return text;
}

std::string made_by(const TableResult& result) {
  const TablePlan& plan = *result.plan;
  const auto done = std::ranges::count(result.jobs, JobOutcome::State::done, &JobOutcome::state);
  std::string text = cat("clipwork table ", plan.table->name, " --edition ", plan.edition->name);
  if (plan.seeds != plan.edition->seeds) {
    text +=
        cat(" --seeds ", join(
                             plan.seeds, [](int64_t seed) { return std::to_string(seed); }, ","));
  }
  text = cat("Clipwork ", CLIPWORK_VERSION, ", `", text, "`: ", counted(done, "job"), " of ",
             result.jobs.size(), ", ", fixed(result.seconds / 60, 1), " minutes of computing");
  if (!result.machines.empty()) text += cat(" on ", join(result.machines, "; "));
  return text + ".";
}

std::string json_page(const TableResult& result) {
  const TablePlan& plan = *result.plan;
  JsonWriter json;
  json.begin_object();
  json.member("title", plan.table->title);
  json.member("source", plan.table->source);
  json.member("edition", plan.edition->name);
  json.member("table", plan.table->name);
  json.member("clipwork", CLIPWORK_VERSION);
  json.member("reference", plan.table->reference);
  json.member("columns", plan.table->columns);
  json.member("seconds", result.seconds);
  json.member("machines", result.machines);
  json.begin_array("rows");
  for (const RowResult& row : result.rows) write_row(json, result, row);
  json.end_array();
  json.begin_array("jobs");
  for (size_t i = 0; i < result.jobs.size(); ++i) {
    write_job(json, plan.jobs[i], result.jobs[i]);
  }
  json.end_array();
  json.member("notes", plan.table->notes);
  json.end_object();
  return json.take() + "\n";
}

std::string markdown_page(const TableResult& result) {
  const TableFile& table = *result.plan->table;
  const std::vector<std::string>& columns = table.columns;
  std::string head = "|  |", rule = "|---|";
  for (const std::string& column : columns) {
    head += cat(" ", for_markdown(column), " |");
    rule += "---|";
  }
  std::string text = cat("# ", title(result), "\n\n");
  if (!table.source.empty()) text += cat(table.source, "\n\n");
  text += cat("A cell is our mean +- its standard deviation over seeds (the paper's value).\n\n",
              head, "\n", rule, "\n");
  std::string group;
  for (const RowResult& row : result.rows) {
    if (row.plan->row->group != group) {
      group = row.plan->row->group;
      if (!group.empty())
        text += cat("| **", for_markdown(group), "** |", std::string(columns.size(), '|'), "\n");
    }
    text += cat("| ", for_markdown(row.plan->row->name), " |");
    for (size_t c = 0; c < columns.size(); ++c) {
      text += cat(" ", cell_text(row.cells[c], result.columns[c]), " |");
    }
    text += "\n";
  }
  if (has_differences(result)) {
    text += cat("\n## Differences to '", table.reference,
                "'\n\nA cell is our difference +- its spread (the paper's): whether the direction "
                "is the same. The spread is the larger of the standard deviations over seeds and "
                "over samples of the videos.\n\n",
                head, "\n", rule, "\n");
    for (const RowResult& row : result.rows) {
      const bool any =
          std::ranges::any_of(row.cells, [](const Cell& cell) { return !!cell.difference; });
      if (!any) continue;
      text += cat("| ", for_markdown(row.plan->row->name), " |");
      for (size_t c = 0; c < columns.size(); ++c) {
        const std::optional<Difference>& difference = row.cells[c].difference;
        text += cat(" ", difference ? difference_text(*difference, result.columns[c]) : "-", " |");
      }
      text += "\n";
    }
  }
  std::string remarks;
  for (const RowResult& row : result.rows) {
    if (!row.problem.empty()) remarks += cat("* ", row.plan->row->name, ": ", row.problem, "\n");
  }
  for (const std::string& note : table.notes) remarks += cat("* ", note, "\n");
  if (!remarks.empty()) text += cat("\n## Remarks\n\n", remarks);
  return cat(text, "\n", made_by(result), "\n");
}

std::string csv_page(const TableResult& result) {
  auto shown = [](const std::optional<double>& value) {
    return value && std::isfinite(*value) ? cat(*value) : std::string();
  };
  std::string text =
      "row,group,column,ours,deviation,seeds,paper,difference,paper_difference,spread,verdict\n";
  for (const RowResult& row : result.rows) {
    for (size_t c = 0; c < row.cells.size(); ++c) {
      const Cell& cell = row.cells[c];
      text += cat(for_csv(row.plan->row->name), ",", for_csv(row.plan->row->group), ",",
                  for_csv(result.plan->table->columns[c]), ",", shown(cell.mean), ",",
                  shown(cell.deviation), ",", cell.values.size(), ",", shown(cell.paper), ",");
      if (cell.difference) {
        text += cat(cell.difference->ours, ",", shown(cell.difference->paper), ",",
                    cell.difference->spread(), ",", verdict_name(cell.difference->verdict), "\n");
      } else {
        text += ",,,\n";
      }
    }
  }
  return text;
}

std::string tex_page(const TableResult& result) {
  const TableFile& table = *result.plan->table;
  std::string text = cat("% ", title(result), ". Needs booktabs.\n\\begin{tabular}{l",
                         std::string(table.columns.size(), 'r'), "}\n\\toprule\n");
  for (const std::string& column : table.columns) text += cat(" & ", for_tex(column));
  text += " \\\\\n\\midrule\n";
  std::string group;
  for (const RowResult& row : result.rows) {
    if (row.plan->row->group != group) {
      group = row.plan->row->group;
      if (!group.empty())
        text += cat("\\multicolumn{", table.columns.size() + 1, "}{l}{\\textit{", for_tex(group),
                    "}} \\\\\n");
    }
    text += for_tex(row.plan->row->name);
    for (size_t c = 0; c < row.cells.size(); ++c) {
      text += cat(" & ", for_tex(row.cells[c], result.columns[c]));
    }
    text += " \\\\\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n";
}

void write_pages(const TableResult& result, const fs::path& folder) {
  fs::create_directories(folder);
  write_file(folder / "table.json", json_page(result));
  write_file(folder / "table.md", markdown_page(result));
  write_file(folder / "table.csv", csv_page(result));
  write_file(folder / "table.tex", tex_page(result));
  write_file(folder / "table.html", html_page(result, folder));
  if (const std::string figure = svg_page(result); !figure.empty()) {
    write_file(folder / "table.svg", figure);
  }
}

}  // namespace clipwork::table
