#include <clipwork/error.h>
#include <clipwork/host/report.h>
#include <clipwork/output_file.h>
#include <clipwork/painter.h>
#include <clipwork/text.h>
#include <clipwork/version.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <string_view>

#include "report/report_page.h"

namespace clipwork {
namespace {
namespace fs = std::filesystem;

/// Bytes in base 64, piece by piece.
class Base64 {
 public:
  void add(std::string_view bytes, std::string* code) {
    for (char c : bytes) {
      held_ = held_ << 8 | static_cast<uint8_t>(c);
      if (++count_ == 3) put(4, code);
    }
  }
  void finish(std::string* code) {
    if (count_ == 0) return;
    const int letters = count_ + 1;
    for (; count_ < 3; ++count_) held_ <<= 8;
    put(letters, code);
  }

 private:
  uint32_t held_ = 0;
  int count_ = 0;
  void put(int letters, std::string* code) {
    static constexpr char kLetters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 4; ++i) *code += i < letters ? kLetters[held_ >> (18 - 6 * i) & 63] : '=';
    held_ = 0;
    count_ = 0;
  }
};

void write_video(OutputFile& out, const Report& report) {
  if (report.video.empty()) return;
  out.write(
      "<video controls playsinline muted loop preload=\"auto\" aria-label=\"the video with "
      "tracks drawn in\"");
  if (!report.poster.empty()) out.write(cat(" poster=\"", jpeg_address(report.poster), "\""));
  const std::string name = report.video.filename().string();
  const bool embedded = fs::file_size(report.video) <=
                        static_cast<uintmax_t>(std::max<int64_t>(0, report.largest_embedded));
  if (!embedded) {
    out.write(cat(" src=\"", escaped(name),
                  "\"></video>\n"
                  "<p class=\"soft\">The video is too large to be embedded in this page: keep ",
                  escaped(name), " beside this file.</p>\n"));
    return;
  }
  out.write(" src=\"data:video/mp4;base64,");
  std::ifstream file(report.video, std::ios::binary);
  Base64 base64;
  std::string block(1 << 16, '\0'), code;
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    code.clear();
    base64.add({block.data(), static_cast<size_t>(file.gcount())}, &code);
    out.write(code);
  }
  if (!file.eof()) throw Error("cannot be read back", report.video.string());
  code.clear();
  base64.finish(&code);
  out.write(cat(code, "\"></video>\n"));
}

void write_lane(OutputFile& out, const ReportTrack& track, int64_t frames) {
  const std::string colour = hex(track_colour(track.track));
  const std::string score = track.score ? fixed(*track.score, 2) : std::string();
  std::string visible, bars;
  int64_t seen = 0;
  for (auto [first, end] : track.visible) {
    visible += cat(visible.empty() ? "" : " ", first, "-", end);
    seen += end - first;
    const double share = 100.0 / static_cast<double>(frames);
    bars += cat("<i style=\"left:", fixed(static_cast<double>(first) * share, 3),
                "%;width:", fixed(static_cast<double>(end - first) * share, 3),
                "%;background:", colour, "\"></i>");
  }
  const std::string name = escaped(track.category);
  out.write(cat("<li data-score=\"", fixed(track.score.value_or(1), 6), "\" data-visible=\"",
                visible, "\"><button class=\"lane\" type=\"button\" aria-label=\"track ",
                track.track, ", ", name, track.score ? ", score " : "", score, ", visible in ",
                seen, " of ", frames,
                " frames\"><span class=\"name\"><span class=\"dot\" style=\"background:", colour,
                "\"></span><span class=\"id\">", track.track, "</span><span class=\"class\">", name,
                "</span><span class=\"score\">", score, "</span></span><span class=\"time\">", bars,
                "<b></b></span></button></li>\n"));
}

void write_tracks(OutputFile& out, const Report& report) {
  out.write("<h2>Tracks</h2>\n");
  if (report.tracks.empty() || report.frames == 0) {
    out.write("<p>No tracks were found.</p>\n");
    return;
  }
  std::optional<double> best;
  for (const ReportTrack& track : report.tracks) {
    if (track.score) best = std::max(best.value_or(0), *track.score);
  }
  out.write("<div class=\"bar\">");
  if (best) {
    // Rounded down, so that the best track stays at the end of the scale.
    const double most = std::floor(*best * 100) / 100;
    out.write(cat(
        "<label for=\"least\">Score at least<input id=\"least\" type=\"range\" min=\"0\" max=\"",
        fixed(most, 2), "\" step=\"0.01\" value=\"0\"></label><output id=\"shown\" for=\"least\">",
        report.tracks.size(), " tracks</output>"));
  }
  out.write(cat("<span id=\"at\" class=\"soft\"></span></div>\n<ul class=\"lanes\" data-frames=\"",
                report.frames, "\" data-starts=\""));
  bool first = true;
  for (const double start : report.starts) {
    out.write(cat(first ? "" : " ", std::llround(1000 * start)));  // milliseconds
    first = false;
  }
  out.write("\">\n");
  for (const ReportTrack& track : report.tracks) write_lane(out, track, report.frames);
  out.write(
      "</ul>\n"
      "<p class=\"soft keys\">Click a timeline to seek. <kbd>&larr;</kbd> <kbd>&rarr;</kbd> one "
      "frame, <kbd>space</kbd> play or pause, <kbd>&uarr;</kbd> <kbd>&darr;</kbd> previous or next "
      "track, <kbd>enter</kbd> start of the track.</p>\n");
}

void write_times(OutputFile& out, const Report& report) {
  if (report.times.stages.empty() || report.frames == 0) return;
  double total = 0;
  for (const auto& stage : report.times.stages) total += stage.wall_seconds;
  out.write(
      "<h2>Time</h2>\n"
      "<table><thead><tr><th>stage</th><th>seconds</th><th>ms per "
      "frame</th><th>share</th><th></th></tr></thead><tbody>\n");
  for (const auto& stage : report.times.stages) {
    const double share = total > 0 ? 100 * stage.wall_seconds / total : 0;
    out.write(
        cat("<tr><td>", escaped(stage.name), "</td><td>", fixed(stage.wall_seconds, 2), "</td><td>",
            fixed(1000 * stage.wall_seconds / static_cast<double>(report.frames), 1), "</td><td>",
            fixed(share, 0), " %</td><td><span class=\"share\" style=\"width:", fixed(share, 2),
            "%\"></span></td></tr>\n"));
  }
  out.write("</tbody></table>\n");
}

/// Up to the heading. The policy keeps a page whose texts come from file names and configs from
/// ever loading anything.
void write_head(OutputFile& out, const std::string& title) {
  out.write(cat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "media-src data: 'self' file:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      escaped(title), " - Clipwork</title>\n<style>", kReportStyle,
      "</style>\n</head>\n<body>\n<main>\n<h1>", escaped(title), "</h1>\n"));
}

}  // namespace

std::string file_address(const std::string& path) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string coded;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::string_view("/-._~").find(c) != std::string_view::npos) {
      coded += c;
    } else {
      coded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return coded;
}

std::string jpeg_address(std::string_view jpeg) {
  std::string code = "data:image/jpeg;base64,";
  Base64 base64;
  base64.add(jpeg, &code);
  base64.finish(&code);
  return code;
}

void write_report_index(const fs::path& file, const std::string& title,
                        const std::vector<ReportEntry>& entries) {
  OutputFile out(file);
  write_head(out, title);
  out.write(cat("<p class=\"lead\">", counted(static_cast<int64_t>(entries.size()), "video"),
                ", by Clipwork " CLIPWORK_VERSION "</p>\n<ul class=\"videos\">\n"));
  for (const ReportEntry& entry : entries) {
    out.write(cat("<li><a href=\"", file_address(entry.link), "\">"));
    if (!entry.poster.empty()) {
      out.write(cat("<img alt=\"\" src=\"", jpeg_address(entry.poster), "\">"));
    }
    out.write(cat("<span class=\"title\">", escaped(entry.title), "</span><span class=\"soft\">",
                  escaped(entry.sentence), "</span></a></li>\n"));
  }
  out.write("</ul>\n</main>\n</body>\n</html>\n");
  out.commit();
}

void write_report(const fs::path& file, const Report& report) {
  OutputFile out(file);
  write_head(out, report.title);
  out.write(cat("<p class=\"lead\">", counted(static_cast<int64_t>(report.tracks.size()), "track"),
                " in ", counted(report.frames, "frame"),
                ", by Clipwork " CLIPWORK_VERSION "</p>\n"));
  for (const std::string& note : report.notes) {
    out.write(cat("<p class=\"note\">", escaped(note), "</p>\n"));
  }
  write_video(out, report);
  write_tracks(out, report);
  if (!report.remarks.empty()) {
    out.write("<h2>Remarks</h2>\n<ul>\n");
    for (const std::string& remark : report.remarks) {
      out.write(cat("<li>", escaped(remark), "</li>\n"));
    }
    out.write("</ul>\n");
  }
  out.write("<h2>About</h2>\n<dl>\n");
  for (const auto& [name, value] : report.facts) {
    out.write(cat("<dt>", escaped(name), "</dt><dd>", escaped(value), "</dd>\n"));
  }
  out.write("</dl>\n");
  write_times(out, report);
  if (!report.config.empty()) {
    out.write(
        cat("<h2>Config</h2>\n"
            "<details><summary>the resolved config, which reproduces this run</summary><pre>",
            escaped(report.config), "</pre></details>\n"));
  }
  out.write(cat("</main>\n<script>", kReportScript, "</script>\n</body>\n</html>\n"));
  out.commit();
}

}  // namespace clipwork
