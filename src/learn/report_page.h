// What the pages of model reports share: the frame, its style and switch of language, texts in both languages. Texts and
// titles are HTML already (escape_html of report_charts.h). Threads: pure.
#pragma once
#include <string>
#include <string_view>

namespace furrow::learn {

// From <!doctype> to the switch of language; the page ends with "</body></html>".
std::string page_begin(std::string_view title);
// A text in both languages; the page shows one.
std::string both(std::string_view english, std::string_view chinese);
std::string heading(std::string_view english, std::string_view chinese);
std::string paragraph(std::string_view english, std::string_view chinese);

}  // namespace furrow::learn
