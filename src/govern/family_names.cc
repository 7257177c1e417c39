#include "govern/family_names.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "govern/person_name.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr std::string_view kCommon =
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方"
    "白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤";
constexpr std::string_view kOthers =
    "常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶"
    "解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠"
    "惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母"
    "裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由";
constexpr std::string_view kDouble[] = {"欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "东方", "夏侯", "南宫", "端木",
                                        "轩辕", "长孙", "宇文", "独孤", "西门", "申屠", "澹台", "公冶", "淳于", "单于", "太史", "呼延", "钟离", "闻人", "赫连", "拓跋"};

using Set = std::unordered_set<std::string_view>;
void add_characters(Set& set, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    next_character(text, at);
    set.insert(text.substr(from, at - from));
  }
}
const Set& common() {
  static const Set set = [] {
    Set all;
    add_characters(all, kCommon);
    return all;
  }();
  return set;
}
const Set& single() {
  static const Set set = [] {
    Set all = common();
    add_characters(all, kOthers);
    return all;
  }();
  return set;
}
const Set& doubles() {
  static const Set set(std::begin(kDouble), std::end(kDouble));
  return set;
}

const Set& syllables() {
  static const std::vector<std::string> made = [] {
    std::vector<std::string> all;
    constexpr std::string_view kInitials[] = {"", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "zh", "ch", "sh", "r", "z", "c", "s", "y", "w"};
    constexpr std::string_view kFinals[] = {"a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "ong", "i", "ia", "ie", "iao", "iu", "ian",
                                            "in", "iang", "ing", "iong", "u", "ua", "uo", "uai", "ui", "uan", "un", "uang", "ue", "v", "ve", "er", "yu", "yuan", "yue", "yun"};
    for (std::string_view initial : kInitials) {
      for (std::string_view final : kFinals) {
        bool palatal = initial == "j" || initial == "q" || initial == "x";
        bool after_palatal = final.front() == 'i' || final.front() == 'u';
        if (palatal && !after_palatal) continue;
        if (initial.empty() && (final.front() == 'i' || final.front() == 'u' || final.front() == 'v')) continue;
        all.push_back(std::string(initial) + std::string(final));
      }
    }
    return all;
  }();
  static const Set set(made.begin(), made.end());
  return set;
}

bool splits(std::string_view text, size_t depth) {
  if (text.empty()) return depth > 0;
  if (depth == 4) return false;
  for (size_t length = std::min<size_t>(6, text.size()); length > 0; --length) {
    if (syllables().contains(text.substr(0, length)) && splits(text.substr(length), depth + 1)) return true;
  }
  return false;
}

}  // namespace

bool is_common_family_name(std::string_view text) { return common().contains(text); }
bool is_chinese_family_name(std::string_view text) {
  std::string plain = to_simplified(text);
  return single().contains(plain) || doubles().contains(plain);
}
size_t chinese_family_prefix(std::string_view text) {
  if (text.size() >= 6 && is_chinese_family_name(text.substr(0, 6)) && text.size() > 6) return 6;
  if (text.size() == 6 && doubles().contains(to_simplified(text))) return 6;
  return text.size() >= 3 && is_chinese_family_name(text.substr(0, 3)) ? 3 : 0;
}
bool is_pinyin(std::string_view latin) {
  std::string plain;
  for (char c : to_lower(without_marks(latin))) {
    if (c >= 'a' && c <= 'z') plain += c;
    else if (c != ' ' && c != '-' && c != '\'') return false;
  }
  return plain.size() <= 24 && splits(plain, 0);
}

}  // namespace furrow::govern
