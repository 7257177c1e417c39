#include "govern/email.h"

#include <array>
#include <unordered_set>

#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr std::array<std::string_view, 22> kCommonDomains{
    "gmail.com", "qq.com", "163.com", "126.com", "sina.com", "sohu.com", "foxmail.com", "yeah.net", "139.com", "aliyun.com", "outlook.com",
    "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com", "msn.com", "aol.com", "gmx.de", "web.de", "yandex.ru", "protonmail.com"};

bool is_local_character(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

bool is_domain(std::string_view domain) {
  if (domain.empty() || domain.size() > 253 || domain.find('.') == std::string_view::npos) return false;
  size_t labels = 0;
  std::string_view last;
  while (true) {
    size_t dot = domain.find('.');
    std::string_view label = domain.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    for (char c : label) {
      auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80 && !std::isalnum(byte) && c != '-') return false;
    }
    ++labels;
    last = label;
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  bool digits = last.find_first_not_of("0123456789") == std::string_view::npos;
  return labels >= 2 && last.size() >= 2 && !digits;
}

bool is_mailbox(std::string_view text) {
  size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  std::string_view local = text.substr(0, at);
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos) return false;
  for (char c : local) {
    if (!is_local_character(c)) return false;
  }
  return is_domain(text.substr(at + 1));
}

// Optimal string alignment distance, stopped above one: one letter added, lost, changed or swapped with its neighbour.
bool one_slip(std::string_view a, std::string_view b) {
  if (a == b) return false;
  size_t from = 0, a_end = a.size(), b_end = b.size();
  while (from < a_end && from < b_end && a[from] == b[from]) ++from;
  while (a_end > from && b_end > from && a[a_end - 1] == b[b_end - 1]) --a_end, --b_end;
  size_t left = a_end - from, right = b_end - from;
  if (left <= 1 && right <= 1) return true;
  return left == 2 && right == 2 && a[from] == b[from + 1] && a[from + 1] == b[from];
}

std::string suspected(std::string_view domain) {
  static const std::unordered_set<std::string_view> real{"gmail.com", "mail.com", "ymail.com", "email.com", "live.cn", "hotmail.co", "sina.cn",
                                                         "gmx.com", "gmx.net", "188.com", "vip.qq.com", "ya.ru", "aliyun.cn", "136.com"};
  if (real.contains(domain)) return {};
  for (std::string_view common : kCommonDomains) {
    if (domain == common) return {};
  }
  for (std::string_view common : kCommonDomains) {
    if (common.size() >= 6 && one_slip(domain, common)) return std::string(common);
  }
  for (auto [wrong, right] : {std::pair{".con", ".com"}, {".cmo", ".com"}, {".ocm", ".com"}, {".comm", ".com"}, {".vom", ".com"}, {".xom", ".com"}}) {
    if (domain.ends_with(wrong)) return std::string(domain.substr(0, domain.size() - std::string_view(wrong).size())) + right;
  }
  return {};
}

bool is_role(std::string_view local) {
  static const std::unordered_set<std::string_view> roles{
      "info", "sales", "support", "admin", "contact", "office", "hello", "service", "noreply", "no-reply", "postmaster", "webmaster", "hr",
      "marketing", "billing", "kefu", "help", "enquiries", "mail", "root", "abuse", "jobs", "team", "customerservice", "donotreply"};
  return roles.contains(local);
}

}  // namespace

std::optional<Email> read_email(std::string_view raw) {
  if (raw.size() > 400) return {};
  std::string text = fold_width(trim(raw));
  if (size_t open = text.rfind('<'); open != std::string::npos) {  // Ana Silva <ana@…>
    size_t close = text.find('>', open);
    if (close == std::string::npos) return {};
    text = text.substr(open + 1, close - open - 1);
  }
  text = to_lower(text);
  if (text.starts_with("mailto:")) text.erase(0, 7);
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    char32_t c = next_character(text, at);
    if (c == 0x3002 || c == 0xFF61) plain += '.';  // the full stop of a Chinese keyboard
    else if (c != ' ' && c != 0xA0 && !(c >= 0x200B && c <= 0x200F) && c != 0xFEFF && c != '\t') plain += std::string_view(text).substr(from, at - from);
  }
  while (!plain.empty() && std::string_view(".,;:\"'").find(plain.back()) != std::string_view::npos) plain.pop_back();
  while (!plain.empty() && std::string_view(",;:\"'").find(plain.front()) != std::string_view::npos) plain.erase(0, 1);
  if (!is_mailbox(plain)) return {};
  size_t at = plain.rfind('@');
  Email email{plain, suspected(std::string_view(plain).substr(at + 1)), is_role(std::string_view(plain).substr(0, at))};
  return email;
}

bool is_standard_email(std::string_view text) {
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') return false;
  }
  if (!is_mailbox(text)) return false;
  return is_ascii(text) || (fold_width(text) == text && to_lower(text) == text);
}

}  // namespace furrow::govern
