#include "learn/report_page.h"

#include <fmt/format.h>

namespace furrow::learn {
namespace {

constexpr std::string_view kStyle = R"(
:root{--ink:#1d2421;--soft:#5d6a64;--line:#dfe5e1;--mark:#2f7d4f;--bad:#b3452c;--paper:#fff;--tint:#f4f8f5}
@media(prefers-color-scheme:dark){:root{--ink:#e3e8e5;--soft:#9aa8a1;--line:#333c38;--mark:#6cc48f;--bad:#ef8f76;--paper:#161a18;--tint:#1d2320}}
body{font:15px/1.55 system-ui,'Noto Sans','Noto Sans CJK SC','PingFang SC',sans-serif;max-width:860px;margin:0 auto;padding:1.5em 1em 4em;color:var(--ink);background:var(--paper)}
h1{font-size:1.55em;margin:.2em 0}h2{font-size:1.15em;margin:2.2em 0 .4em}p{margin:.5em 0}small,.soft{color:var(--soft)}
.scroll{overflow-x:auto}table{border-collapse:collapse;min-width:100%}td,th{padding:5px 14px 5px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;font-size:.92em}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
svg{max-width:100%;height:auto}text{font-size:12px;fill:var(--soft)}.bar{display:inline-block;height:10px;background:var(--mark);vertical-align:middle}.bar.minus{background:var(--bad)}
.cards{display:flex;flex-wrap:wrap;gap:10px;margin:1em 0}.card{flex:1 1 150px;background:var(--tint);border-radius:8px;padding:10px 14px}.card b{display:block;font-size:1.5em}
.words{padding-left:1.2em;margin:.4em 0}.words li{margin:.25em 0}
.warning{border-left:4px solid var(--bad);background:var(--tint);padding:8px 12px;margin:8px 0}.flex{display:flex;flex-wrap:wrap;gap:24px}.flex>div{flex:1 1 320px;min-width:0}
button{float:right;font:inherit;color:inherit;background:var(--tint);border:1px solid var(--line);border-radius:6px;padding:4px 12px;cursor:pointer}
@media(max-width:600px){td.n small{display:block}th.n{white-space:normal}}
[lang=zh].t{display:none}.zh [lang=zh].t{display:inline}.zh [lang=en].t{display:none}@media print{button{display:none}}
)";

}  // namespace

std::string both(std::string_view english, std::string_view chinese) {
  return fmt::format("<span class='t' lang='en'>{}</span><span class='t' lang='zh'>{}</span>", english, chinese);
}
std::string heading(std::string_view english, std::string_view chinese) { return "<h2>" + both(english, chinese) + "</h2>"; }
std::string paragraph(std::string_view english, std::string_view chinese) { return "<p class='soft'>" + both(english, chinese) + "</p>"; }

std::string page_begin(std::string_view title) {
  std::string out = fmt::format("<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width,initial-scale=1'><title>{}</title><style>{}</style></head><body>", title, kStyle);
  out += "<button type='button' onclick=\"var z=document.body.classList.toggle('zh');document.documentElement.lang=z?'zh':'en'\">" + both("中文", "English") + "</button>";
  return out;
}

}  // namespace furrow::learn
