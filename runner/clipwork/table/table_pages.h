#pragma once
// A table's values as pages: for programs, for people, for papers.

#include <filesystem>
#include <string>

#include "table/table_results.h"

namespace clipwork::table {

/// "23.1 +- 0.4 (23.3)": our mean, the deviation over seeds, and the paper's value; "-" for what is
/// not there.
std::string cell_text(const Cell& cell, const ColumnKind& column);
/// "-2.4 (-2.4): same".
std::string difference_text(const Difference& difference, const ColumnKind& column);

/// How the table was made: command, jobs, time and machines of the jobs.
std::string made_by(const TableResult& result);

std::string json_page(const TableResult& result);
std::string markdown_page(const TableResult& result);
/// A line for each row and column.
std::string csv_page(const TableResult& result);
/// A `tabular` with booktabs' rules.
std::string tex_page(const TableResult& result);
/// One file: rows open to seeds, the difference of configs to the reference, and links to the
/// folders of jobs, which are relative to `folder`.
std::string html_page(const TableResult& result, const std::filesystem::path& folder);
/// The rows as curves; empty where the table has no plot, or nothing to draw.
std::string svg_page(const TableResult& result);

/// Writes table.json, .md, .csv, .tex, .html and, for a figure, .svg into the folder.
void write_pages(const TableResult& result, const std::filesystem::path& folder);

}  // namespace clipwork::table
