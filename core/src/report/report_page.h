#pragma once
// The unchanging parts of report.html.

namespace clipwork {

extern const char* const kReportStyle;
extern const char* const kReportScript;

}  // namespace clipwork
