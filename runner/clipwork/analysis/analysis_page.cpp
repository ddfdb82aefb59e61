#include "analysis/analysis_page.h"

#include <clipwork/error.h>
#include <clipwork/host/report.h>
#include <clipwork/runs/scores.h>
#include <clipwork/text.h>
#include <clipwork/version.h>

#include <algorithm>

#include "analysis/page_style.h"

namespace clipwork::runs {
namespace {

// A page stays small enough for a phone; the CSV files have everything.
constexpr size_t kMostRows = 500, kMostClasses = 40, kMostRowsOfMarkdown = 20;

std::string score_text(const Analysis& analysis) {
  return analysis.min_score_chosen
             ? cat("Results with a score of at least ", significant(analysis.min_score, 4),
                   " count, where the F1 of objects found at overlap 0.5 is best; --min-score "
                   "selects another score. AP and the AP50 of errors take all results.")
             : cat("Results with a score of at least ", significant(analysis.min_score, 4),
                   " count. AP and the AP50 of errors take all results.");
}

/// The numbers at the top: name, value.
std::vector<std::pair<std::string, std::string>> headline(const AnalysisPage& page) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const char* name : {"AP", "AP50", "AP75", "AR10"}) {
    all.emplace_back(name, percent(measure(page.evaluation.stats, name).value_or(-1)).text);
  }
  for (const char* name : {"HOTA", "IDF1"})
    all.emplace_back(name, percent(measure(page.analysis.tracking, name).value_or(-1)).text);
  int64_t found = 0;
  for (const VideoAnalysis& video : page.analysis.videos) found += video.found;
  all.emplace_back("objects found", cat(found, " of ", page.analysis.tracks.size()));
  all.emplace_back("id switches", std::to_string(page.analysis.switches.size()));
  return all;
}

std::string sentence_of(const AnalysisPage& page, const TrackAnalysis& track) {
  std::string text = cat(page.tables.class_name(track.category), ", track ", track.truth->id, ", ",
                         counted(track.frames, "frame"), ": ", meaning(track.error));
  if (track.result) {
    text += cat("; result ", page.tables.number_of(*track.result), ", ",
                page.tables.class_of(*track.result), " ", fixed(track.result->score, 2),
                ", overlap ", fixed(track.overlap, 2));
  }
  return text;
}

constexpr const char* kErrorsText =
    "The error types of TIDE (Bolya et al., ECCV 2020), with overlaps of whole tracks: good from "
    "0.5 on, poor from 0.1 on. A poor overlap is an error of the track (Temp) if it is good in the "
    "frames in which the two masks meet, and of the masks (Spat) otherwise.";
constexpr const char* kConfusionText =
    "Objects by their class and by that of the result that is matched with them at overlap 0.5, "
    "whatever its class.";
constexpr const char* kTracksText =
    "The overlap is that of whole tracks, intersection over union of all masks. 'found' means that "
    "a result of the right class has an overlap of at least 0.5.";
constexpr const char* kSwitchesText =
    "CLEAR's identity switches at overlap 0.5, class by class: an object is followed by another "
    "result than before. Frames are counted from 0.";
constexpr const char* kVideosText =
    "AP is the mean over the classes that the video has; HOTA, DetA, AssA and IDF1 are those of "
    "all "
    "its detections.";

/// Precision over recall, as SVG whose colours are those of the page.
std::string chart(const std::vector<const PrecisionCurve*>& curves, const std::string& title) {
  constexpr double kSide = 200, kLeft = 34, kTop = 22, kBottom = 30;
  std::string svg =
      cat("<figure><svg viewBox=\"0 0 ", kLeft + kSide + 8, " ", kTop + kSide + kBottom,
          "\" role=\"img\" aria-label=\"precision over recall, ", escaped(title),
          "\"><text class=\"title\" x=\"", kLeft, "\" y=\"14\">", escaped(title), "</text>");
  for (int i = 0; i <= 4; ++i) {
    const double part = 0.25 * i, x = kLeft + part * kSide, y = kTop + (1 - part) * kSide;
    svg += cat("<path class=\"grid\" d=\"M", kLeft, " ", y, "h", kSide, "M", x, " ", kTop, "v",
               kSide, "\"/><text x=\"", kLeft - 4, "\" y=\"", y + 4, "\" class=\"end\">",
               fixed(part, 2), "</text><text x=\"", x, "\" y=\"", kTop + kSide + 14,
               "\" class=\"middle\">", fixed(part, 2), "</text>");
  }
  svg += cat("<text x=\"", kLeft + kSide, "\" y=\"", kTop + kSide + 27,
             "\" class=\"end\">recall</text>");
  for (size_t i = 0; i < curves.size(); ++i) {
    std::string points;
    const std::vector<double>& precision = curves[i]->precision;
    for (size_t r = 0; r < precision.size(); ++r) {
      points += cat(r ? " " : "", fixed(kLeft + static_cast<double>(r) / 100 * kSide, 1), ",",
                    fixed(kTop + (1 - precision[r]) * kSide, 1));
    }
    svg += cat("<polyline class=\"c", i, "\" points=\"", points, "\"><title>overlap ",
               curves[i]->overlap, "</title></polyline>");
  }
  return svg + "</svg></figure>\n";
}

std::string charts(const std::vector<PrecisionCurve>& curves) {
  std::string text =
      "<p class=\"soft\">Precision over recall at overlap <b class=\"c0\">0.50</b>, <b "
      "class=\"c1\">0.75</b>, and the <b class=\"c2\">mean of 0.50 to 0.95</b>.</p>\n"
      "<div class=\"charts\">";
  std::string more;
  size_t count = 0;
  for (size_t i = 0; i < curves.size();) {
    std::vector<const PrecisionCurve*> of_class;
    const std::string& name = curves[i].category;
    for (; i < curves.size() && curves[i].category == name; ++i) of_class.push_back(&curves[i]);
    if (count++ > kMostClasses) break;
    (count == 1 ? text : more) += chart(of_class, name == "all" ? "all classes" : name);
  }
  text += "</div>\n";
  if (count > 2) {
    text += cat("<details><summary>each class</summary><div class=\"charts\">", more,
                "</div></details>\n");
  }
  return text;
}

std::string confusion(const AnalysisPage& page) {
  const Analysis& analysis = page.analysis;
  const PageTable pairs = page.tables.confused_pairs();
  std::string text = cat("<p class=\"soft\">", kConfusionText, "</p>\n", pairs.html(20, false));
  const size_t classes = analysis.categories.size();
  if (classes > kMostClasses || classes < 2) return text;
  text +=
      "<details><summary>the whole matrix</summary><div class=\"wide\"><table "
      "class=\"matrix\"><thead><tr><th>class</th>";
  const PageTable matrix = page.tables.confusion();
  for (size_t k = 1; k < matrix.head.size(); ++k)
    text += cat("<th><span>", escaped(matrix.head[k]), "</span></th>");
  text += "</tr></thead><tbody>\n";
  for (size_t row = 0; row < matrix.rows.size(); ++row) {
    int64_t sum = 0;
    for (size_t column = 0; column <= classes; ++column) sum += analysis.confused(row, column);
    text += cat("<tr><th>", escaped(matrix.rows[row][0].text), "</th>");
    for (size_t column = 0; column <= classes; ++column) {
      const int64_t count = analysis.confused(row, column);
      const double share = sum > 0 ? static_cast<double>(count) / static_cast<double>(sum) : 0;
      text += count == 0 ? "<td></td>"
                         : cat("<td class=\"", row == column ? "right" : "wrong",
                               "\" style=\"--share:", fixed(share, 2), "\">", count, "</td>");
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div></details>\n";
}

std::string pictures(const AnalysisPage& page) {
  std::string text;
  for (const auto& [track, frames] : page.worst) {
    text += cat("<section class=\"track\"><h3>",
                escaped(page.analysis.videos[track->video].video->name), "</h3><p>",
                escaped(sentence_of(page, *track)), "</p><div class=\"strip\">");
    for (const TrackPicture& picture : frames) {
      auto image = [&](const char* what, const std::string& jpeg) {
        return cat("<img alt=\"", what, " in frame ", picture.frame, "\" loading=\"lazy\" src=\"",
                   jpeg_address(jpeg), "\">");
      };
      text +=
          cat("<figure>", image("the object", picture.truth), image("the results", picture.results),
              "<figcaption>frame ", picture.frame, "</figcaption></figure>");
    }
    text += "</div></section>\n";
  }
  return text;
}

/// A table with the sentence that says how much of it is there.
std::string cut_table(const PageTable& table, const char* file) {
  std::string text = table.html(kMostRows, true);
  if (table.rows.size() > kMostRows) {
    text += cat("<p class=\"soft\">The first ", kMostRows, " of ", table.rows.size(), "; ", file,
                " has all.</p>\n");
  }
  return text;
}

}  // namespace

std::string html_page(const AnalysisPage& page) {
  const Analysis& analysis = page.analysis;
  auto soft = [](const std::string& sentence) {
    return cat("<p class=\"soft\">", escaped(sentence), "</p>\n");
  };
  std::string text = cat(page_head(page.report.title), "<p class=\"lead\">",
                         counted(static_cast<int64_t>(analysis.videos.size()), "video"), ", ",
                         counted(static_cast<int64_t>(analysis.tracks.size()), "track"), ", ",
                         counted(static_cast<int64_t>(page.results.tracks.size()), "result"),
                         ", by Clipwork " CLIPWORK_VERSION "</p>\n<dl class=\"headline\">");
  for (const auto& [name, value] : headline(page))
    text += cat("<div><dt>", name, "</dt><dd>", value, "</dd></div>");
  text += cat("</dl>\n", soft(score_text(analysis)));
  text += cat("<h2>Errors</h2>\n", page.tables.errors().html(kMostRows, false), soft(kErrorsText));
  if (!page.worst.empty()) {
    text +=
        cat("<h2>Worst tracks</h2>\n<p class=\"soft\">Of each frame, above the object alone, "
            "below the results. The result in the object's colour is the one compared with it.",
            page.report.frames ? "" : " The frames were not available.", "</p>\n", pictures(page));
  }
  text += cat("<h2>Properties of objects</h2>\n", page.tables.properties().html(kMostRows, false));
  for (const PropertyAnalysis& property : analysis.properties)
    text += cat("<p class=\"soft\"><b>", property.name, "</b>: ", escaped(property.definition),
                "</p>\n");
  text += cat("<h2>Precision and recall</h2>\n", charts(page.curves));
  text += cat("<h2>Confusion of classes</h2>\n", confusion(page));
  text +=
      cat("<h2>Videos</h2>\n", soft(kVideosText), cut_table(page.tables.videos(), "videos.csv"));
  text += cat("<h2>Tracks</h2>\n", soft(kTracksText),
              "<p><label>Filter <input id=\"filter\" type=\"search\" "
              "placeholder=\"video, class, error\"></label></p>\n<div id=\"tracks\">",
              cut_table(page.tables.tracks(), "tracks.csv"), "</div>\n");
  text += cat("<h2>Identity switches</h2>\n", soft(kSwitchesText));
  text += analysis.switches.empty() ? "<p>There are none.</p>\n"
                                    : cut_table(page.tables.switches(), "id_switches.csv");
  text += "<h2>About</h2>\n<dl class=\"facts\">\n";
  for (const auto& [name, value] : page.report.facts)
    text += cat("<dt>", escaped(name), "</dt><dd>", escaped(value), "</dd>\n");
  return cat(text, "</dl>\n", page_end());
}

std::string markdown_page(const AnalysisPage& page) {
  std::string text = cat("# ", page.report.title, "\n\n");
  PageTable numbers;
  numbers.rows.emplace_back();
  for (const auto& [name, value] : headline(page)) {
    numbers.head.push_back(name);
    numbers.rows[0].push_back(word(value));
  }
  text += cat(numbers.markdown(1), "\n", score_text(page.analysis), "\n");
  auto part = [&](const char* title, const char* sentence, const PageTable& table,
                  const char* file) {
    text += cat("\n## ", title, "\n\n");
    if (*sentence) text += cat(sentence, "\n\n");
    if (table.rows.empty()) {
      text += "There are none.\n";
      return;
    }
    text += table.markdown(kMostRowsOfMarkdown);
    if (table.rows.size() > kMostRowsOfMarkdown) {
      text += cat("\nThe first ", kMostRowsOfMarkdown, " of ", table.rows.size(), "; `", file,
                  "` has all.\n");
    }
  };
  part("Errors", kErrorsText, page.tables.errors(), "errors.csv");
  part("Properties of objects", "", page.tables.properties(), "properties.csv");
  for (const PropertyAnalysis& property : page.analysis.properties)
    text += cat("\n* **", property.name, "**: ", property.definition, "\n");
  part("Confusion of classes", kConfusionText, page.tables.confused_pairs(), "confusion.csv");
  part("Worst videos", kVideosText, page.tables.videos(), "videos.csv");
  part("Worst tracks", kTracksText, page.tables.tracks(), "tracks.csv");
  part("Identity switches", kSwitchesText, page.tables.switches(), "id_switches.csv");
  return text;
}

}  // namespace clipwork::runs
