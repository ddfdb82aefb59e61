#include <clipwork/figure.h>
#include <gmock/gmock.h>

using namespace clipwork;
using testing::HasSubstr;
using testing::Not;

namespace {

std::string svg_of(const Figure::Line& line) {
  Figure figure{100, 50, {line}, {}};
  return figure.svg();
}

std::string svg_of(const Figure::Text& text) {
  Figure figure{100, 50, {}, {text}};
  return figure.svg();
}

}  // namespace

TEST(Figure, IsAWholeSvgFileOnWhite) {
  std::string svg = Figure{100.5, 50, {}, {}}.svg();
  EXPECT_TRUE(
      svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100.5\" height=\"50\""));
  EXPECT_THAT(svg, HasSubstr("viewBox=\"0 0 100.5 50\""));
  EXPECT_THAT(svg, HasSubstr("fill=\"#ffffff\""));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST(Figure, DrawsLinesThroughTheirPoints) {
  std::string svg = svg_of(Figure::Line{{{0, 1}, {2.25, -0.04}, {1e4, 3}}, {255, 0, 16}, 2});
  EXPECT_THAT(svg, HasSubstr("points=\"0,1 2.2,0 10000,3\""));
  EXPECT_THAT(svg, HasSubstr("stroke=\"#ff0010\" stroke-width=\"2\""));
  EXPECT_THAT(svg, Not(HasSubstr("opacity")));
  EXPECT_THAT(svg, Not(HasSubstr("<circle")));
}

TEST(Figure, DrawsFaintLinesAndDots) {
  Figure::Line line{{{0, 1}, {2, 3}}};
  line.opacity = 0.3;
  line.dots = true;
  std::string svg = svg_of(line);
  EXPECT_THAT(svg, HasSubstr("opacity=\"0.3\""));
  EXPECT_THAT(svg, HasSubstr("<circle cx=\"0\" cy=\"1\" r=\"1.5\""));
  EXPECT_THAT(svg, HasSubstr("<circle cx=\"2\" cy=\"3\" r=\"1.5\""));
}

TEST(Figure, PlacesWordsByTheirAnchor) {
  using Anchor = Figure::Text::Anchor;
  for (auto [anchor, word] : {std::pair(Anchor::start, "start"),
                              std::pair(Anchor::middle, "middle"), std::pair(Anchor::end, "end")}) {
    Figure::Text text{{3, 4}, "loss", anchor};
    EXPECT_THAT(svg_of(text), HasSubstr(std::string("text-anchor=\"") + word + "\""));
  }
  Figure::Text text{{3, 4}, "loss"};
  EXPECT_THAT(svg_of(text), HasSubstr("x=\"3\" y=\"4\" font-size=\"12\""));
  EXPECT_THAT(svg_of(text), Not(HasSubstr("bold")));
  text.bold = true;
  EXPECT_THAT(svg_of(text), HasSubstr("font-weight=\"bold\""));
}

TEST(Figure, EscapesWhatWordsMayHold) {
  EXPECT_THAT(svg_of(Figure::Text{{}, "a < b & c > d\x01 \xc3\xa9"}),
              HasSubstr(">a &lt; b &amp; c &gt; d  \xc3\xa9</text>"));
}

TEST(Figure, DrawsTheLastLineOnTopAndWordsAboveAllLines) {
  Figure figure{10, 10, {{{{1, 1}}}, {{{2, 2}}}}, {{{}, "word"}}};
  std::string svg = figure.svg();
  EXPECT_LT(svg.find("points=\"1,1\""), svg.find("points=\"2,2\""));
  EXPECT_LT(svg.find("points=\"2,2\""), svg.find("word"));
}
