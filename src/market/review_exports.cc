// Reviews of products: most of them written by customers, some copied from a template by people who are paid for it.
#include <fmt/format.h>

#include <array>

#include "market/exports.h"

namespace furrow::market {
namespace {

constexpr std::array<std::string_view, 44> kRemarks{
    "物流很快，第二天就到了", "包装有点破损，不过东西没坏", "颜色比图片深一些", "尺码偏大，建议拍小一号", "客服回答问题很耐心", "用了一周，没有发现什么毛病", "价格比实体店便宜不少",
    "做工一般，线头比较多", "老婆很喜欢这个款式", "送给妈妈的生日礼物", "味道有点大，放几天就好了", "第三次回购了", "说明书全是英文看不懂", "电池续航比预期差", "屏幕很清晰，看电影舒服",
    "快递小哥态度很好", "面料摸起来挺舒服的", "洗了两次有点起球", "孩子特别爱玩", "声音有点大，晚上用会吵", "和描述的一致", "安装花了半个小时", "退货流程很顺利", "缺了一个螺丝，客服补寄了",
    "性价比可以", "朋友推荐我买的", "双十一买的，降价了也没补差", "这个牌子一直信得过", "第一次网购这类东西", "比上一代轻了很多", "按键手感偏硬", "充电速度让人满意", "厨房里正好放得下",
    "出差带着很方便", "冬天穿不够暖和", "夏天穿很透气", "颜色适合年轻人", "有点小贵但值得", "拍照效果不错", "收到的时候盒子是开的", "发票过了半个月才开", "总体来说还行", "下次还会考虑", "建议商家改进一下包装"};
constexpr std::array<std::string_view, 6> kTemplates{
    "宝贝收到了，真的非常{}，质量超级好，和卖家描述的完全一样，物流也特别快，以后还会再来光顾，强烈推荐大家购买！",
    "第一次在这家店买东西，没想到这么{}，卖家服务态度一流，发货速度快，包装也很仔细，好评好评五星好评！",
    "朋友们放心购买吧，我已经买了好几次了，每次都{}，做工精细，用料扎实，价格也实惠，是一家值得信赖的店铺！",
    "收到货以后迫不及待打开试了一下，效果{}，完全超出我的期待，客服小姐姐也很有耐心，给一百个赞！",
    "{}的一次购物体验，东西很好，价格便宜量又足，我们全家人都很喜欢，已经推荐给同事和朋友了！",
    "比较了很多家才选的这一家，果然没有让我失望，{}，细节处理得很到位，绝对物超所值，祝老板生意兴隆！"};
constexpr std::array<std::string_view, 8> kFillers{"满意", "惊喜", "划算", "给力", "漂亮", "舒服", "放心", "完美"};

class Reviews : public Export {
 public:
  explicit Reviews(const ExportContext& context)
      : context_(context), file_(context.folder / "reviews.csv", ExportFile::Encoding::kUtf8), truth_(context.folder / "truth_reviews.csv", ExportFile::Encoding::kUtf8),
        random_(hash64("reviews", context.options.seed)) {
    truth_.line("review_id,template");
    file_.header({"review_id", "customer_no", "product_id", "rating", "review", "created"});
  }
  void visit(const Customer& customer, const Visit&, const std::optional<Order>& order) override {
    if (!order || !random_.chance(0.15)) return;
    Time written = order->time + days(3) + minutes(static_cast<int64_t>(random_.below(10'000)));
    if (written >= context_.options.until) return;
    bool copied = random_.chance(0.15);
    std::string text, copied_from;
    if (copied) {
      size_t which = random_.below(kTemplates.size());
      copied_from = fmt::format("template-{}", which);
      text = fmt::format(fmt::runtime(kTemplates[which]), kFillers[random_.below(kFillers.size())]);
      if (random_.chance(0.3)) text += random_.chance(0.5) ? "！！" : "👍";
    } else {
      const Product& product = context_.catalogue.products()[order->product];
      text = random_.chance(0.5) ? product.name_zh + "，" : "";
      size_t remarks = 2 + random_.below(4), at = random_.below(kRemarks.size());
      for (size_t i = 0; i < remarks; ++i) {
        text += (i ? "，" : "") + std::string(kRemarks[at]);
        at = (at + 1 + random_.below(kRemarks.size() - 1)) % kRemarks.size();
      }
      text += random_.chance(0.7) ? "。" : "";
    }
    std::string id = fmt::format("V{:07}", ++count_);
    file_.row({id, customer.member ? customer.customer_number() : "", context_.catalogue.products()[order->product].id, std::to_string(copied ? 5 : 1 + random_.below(5)), text, format_time(written)});
    context_.truth.add("reviews", id, customer.index);
    if (copied) truth_.line(id + "," + copied_from);
  }
  ExportFile& file() override { return file_; }
  Status close_truth() override { return truth_.close(); }

 private:
  ExportContext context_;
  ExportFile file_, truth_;
  Random random_;
  size_t count_ = 0;
};

}  // namespace

std::unique_ptr<Export> make_reviews(const ExportContext& context) { return std::make_unique<Reviews>(context); }

}  // namespace furrow::market
