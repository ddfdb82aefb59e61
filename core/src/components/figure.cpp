#include <clipwork/figure.h>
#include <clipwork/painter.h>
#include <clipwork/text.h>

namespace clipwork {
namespace {

std::string number(double value) {
  std::string shown = fixed(value, 1);
  if (shown.ends_with(".0")) shown.resize(shown.size() - 2);
  return shown == "-0" ? "0" : shown;
}

/// Control characters have no place in XML.
std::string without_controls(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

std::string line(const Figure::Line& line) {
  std::string text = "<polyline fill=\"none\" stroke=\"" + hex(line.colour) + "\" stroke-width=\"" +
                     number(line.width) + "\" stroke-linejoin=\"round\"";
  if (line.opacity < 1) text += " opacity=\"" + number(line.opacity) + "\"";
  text += " points=\"";
  for (const Figure::Point& point : line.points) {
    if (text.back() != '"') text += ' ';
    text += number(point.x) + "," + number(point.y);
  }
  text += "\"/>\n";
  if (!line.dots) return text;
  constexpr double kDot = 1.5;  // in widths of the line
  for (const Figure::Point& point : line.points) {
    text += "<circle cx=\"" + number(point.x) + "\" cy=\"" + number(point.y) + "\" r=\"" +
            number(kDot * line.width) + "\" fill=\"" + hex(line.colour) + "\"/>\n";
  }
  return text;
}

std::string words(const Figure::Text& text) {
  constexpr const char* kAnchors[] = {"start", "middle", "end"};
  return "<text x=\"" + number(text.at.x) + "\" y=\"" + number(text.at.y) + "\" font-size=\"" +
         number(text.size) + "\" text-anchor=\"" + kAnchors[static_cast<size_t>(text.anchor)] +
         "\" fill=\"" + hex(text.colour) + "\"" + (text.bold ? " font-weight=\"bold\"" : "") + ">" +
         escaped(without_controls(text.text)) + "</text>\n";
}

}  // namespace

std::string Figure::svg() const {
  const std::string size = number(width) + " " + number(height);
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) +
                     "\" height=\"" + number(height) + "\" viewBox=\"0 0 " + size +
                     "\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n" +
                     "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  for (const Line& one : lines) text += line(one);
  for (const Text& one : texts) text += words(one);
  return text + "</svg>\n";
}

}  // namespace clipwork
