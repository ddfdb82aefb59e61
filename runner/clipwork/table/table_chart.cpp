#include <clipwork/text.h>

#include <algorithm>
#include <optional>

#include "show/chart.h"
#include "table/table_pages.h"

namespace clipwork::table {
namespace {

std::optional<double> number_at(const Config& config, const std::string& path) {
  const Value* value = config.find(path);
  if (value && value->integer()) return static_cast<double>(*value->integer());
  if (value && value->real()) return *value->real();
  return {};
}

std::string line_of(const RowPlan& row, const std::string& lines) {
  if (lines == "group") return row.row->group;
  const Value* value = row.config.find(lines);
  const std::string shown = !value ? "not set" : value->text() ? *value->text() : value->toml();
  return cat(lines, " = ", shown);
}

void add(std::vector<runs::Scalars>& curves, const std::string& name, const std::string& key,
         double x, double y) {
  auto curve = std::ranges::find(curves, name, &runs::Scalars::run);
  if (curve == curves.end()) {
    curves.push_back({name, {key}, {}});
    curve = curves.end() - 1;
  }
  std::vector<runs::Curve::Point>& points = curve->curves[key].points;
  points.insert(std::ranges::upper_bound(points, x, {}, &runs::Curve::Point::step), {x, y});
}

}  // namespace

std::string svg_page(const TableResult& result) {
  const TableFile& table = *result.plan->table;
  if (!table.plot) return {};
  const auto column = std::ranges::find(table.columns, table.plot->y) - table.columns.begin();
  std::vector<runs::Scalars> curves;
  for (const RowResult& row : result.rows) {
    const std::optional<double> x = number_at(row.plan->config, table.plot->x);
    const Cell& cell = row.cells[static_cast<size_t>(column)];
    if (!x) continue;
    const std::string name = line_of(*row.plan, table.plot->lines);
    if (cell.mean) add(curves, name, table.plot->y, *x, *cell.mean);
    if (cell.paper)
      add(curves, cat(name, name.empty() ? "" : ", ", "paper"), table.plot->y, *x, *cell.paper);
  }
  if (curves.empty()) return {};
  runs::ChartOptions options;
  options.axis = table.plot->x;
  return runs::draw_charts(curves, {table.plot->y}, options).svg();
}

}  // namespace clipwork::table
