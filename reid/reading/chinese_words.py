"""Chinese words (simplified) around people and clothes, with the English of the grammar.

By kind, since Chinese and English place them differently: see `reid.reading.chinese`.
"""

from __future__ import annotations

from collections.abc import Mapping

COLOURS: Mapping[str, str] = {
    "black": "黑 黑色 纯黑 漆黑",
    "white": "白 白色 纯白 雪白 乳白色 米白 米白色 象牙色",
    "grey": "灰 灰色 银色 银灰 银灰色 烟灰色",
    "dark grey": "深灰 深灰色 暗灰色 炭灰色",
    "light grey": "浅灰 浅灰色 淡灰色",
    "red": "红 红色 大红 大红色 鲜红 鲜红色 正红色",
    "dark red": "深红 深红色 暗红 暗红色",
    "burgundy": "酒红 酒红色",
    "maroon": "枣红 枣红色 褐红色",
    "orange": "橙 橙色 橘色 橘红 橘红色 橙红色 橘黄色 桔色 橙黄色",
    "yellow": "黄 黄色 金色 金黄 金黄色 明黄色 姜黄色 柠檬黄",
    "light yellow": "浅黄 浅黄色 淡黄色 米黄色",
    "green": "绿 绿色 翠绿 翠绿色 青色 荧光绿",
    "dark green": "深绿 深绿色 墨绿 墨绿色 暗绿色",
    "light green": "浅绿 浅绿色 淡绿色 嫩绿色",
    "army green": "军绿 军绿色",
    "olive": "橄榄绿 橄榄色",
    "blue": "蓝 蓝色 湛蓝 宝蓝 宝蓝色 湖蓝色",
    "dark blue": "深蓝 深蓝色 暗蓝色",
    "navy blue": "藏青 藏青色 藏蓝 藏蓝色 海军蓝",
    "light blue": "浅蓝 浅蓝色 淡蓝 淡蓝色",
    "sky blue": "天蓝 天蓝色",
    "purple": "紫 紫色 深紫色 紫红色",
    "lavender": "淡紫色 浅紫色 薰衣草色",
    "pink": "粉 粉色 粉红 粉红色 桃红色",
    "light pink": "浅粉色 淡粉色",
    "brown": "棕 棕色 褐 褐色 咖啡色 咖色 棕褐色 巧克力色 啡色",
    "dark brown": "深棕色 深褐色 深咖啡色",
    "light brown": "浅棕色 浅褐色",
    "khaki": "卡其 卡其色",
    "beige": "米色 驼色 杏色",
    "dark": "深色 暗色",
    "light colored": "浅色 淡色 亮色",
}
# before a noun, but no colour
ADJECTIVES: Mapping[str, str] = {
    "long": "长 长长 长款",
    "short": "短 短短 短款",
    "striped": "条纹 横条纹 竖条纹 条纹图案",
    "plaid": "格子 格纹 方格 格子图案",
    "long sleeved": "长袖",
    "short sleeved": "短袖",
    "sleeveless": "无袖",
    "hooded": "连帽 带帽",
    "denim": "牛仔",
    "leather": "皮 皮质 皮革",
    "woolen": "毛线 羊毛 针织",
    "": "一样 大 小 新 旧 厚 薄 宽松 紧身 修身 运动 休闲 高 低 可爱",
}
THINGS: Mapping[str, str] = {
    # above the waist
    "top": "上衣 衣服 衣",
    "coat": "外衣 外套 大衣 呢大衣 棉衣 棉袄 皮大衣 毛呢大衣",
    "long coat": "长外套 长大衣 长款大衣",
    "trench coat": "风衣",
    "raincoat": "雨衣",
    "jacket": "夹克 夹克衫 茄克 马甲 背心外套 冲锋衣 运动外套 短外套",
    "puffy jacket": "羽绒服 羽绒衣 棉服",
    "leather jacket": "皮衣 皮夹克 皮外套",
    "blue jacket": "牛仔外套 牛仔夹克 牛仔衣",
    "suit": "西装 西服 套装 正装",
    "sweater": "毛衣 针织衫 套头衫 线衫 毛线衣",
    "sweatshirt": "卫衣 运动衫",
    "hoodie": "连帽衫 帽衫 连帽卫衣",
    "cardigan": "开衫 开衫毛衣 针织开衫",
    "shirt": "衬衫 衬衣",
    "t-shirt": "t恤 t恤衫 体恤 短袖衫 汗衫 背心 短袖t恤 球衣 短袖衣服 吊带 文化衫",
    "polo shirt": "polo衫 马球衫",
    "long sleeved shirt": "长袖衫 长袖t恤 长袖衬衫 长袖衣服 长袖上衣",
    "short sleeved shirt": "短袖衬衫 短袖上衣",
    "striped shirt": "条纹衫",
    "plaid shirt": "格子衫 格子衬衫",
    "blouse": "女式衬衫 雪纺衫",
    "clothes": "服装 服饰 衣物 服",
    # below it
    "trousers": "裤子 裤 长裤 西裤 运动裤 休闲裤 卡其裤 工装裤 直筒裤 阔腿裤 皮裤 棉裤",
    "jeans": "牛仔裤 牛仔长裤",
    "leggings": "紧身裤 打底裤 丝袜 瑜伽裤",
    "shorts": "短裤 热裤 七分裤 五分裤 中裤 牛仔短裤 沙滩裤 裤衩",
    "skirt": "裙子 裙 半身裙 百褶裙 半裙 牛仔裙",
    "short skirt": "短裙 超短裙 迷你裙",
    "long skirt": "长裙",
    "dress": "连衣裙 裙装 旗袍 礼服",
    # on the feet
    "shoes": "鞋 鞋子 布鞋 高跟鞋 平底鞋 单鞋 板鞋鞋",
    "sneakers": "运动鞋 球鞋 跑鞋 帆布鞋 板鞋 篮球鞋 旅游鞋 跑步鞋",
    "boots": "靴子 靴 长靴 短靴 皮靴 雨靴 马丁靴 雪地靴",
    "sandals": "凉鞋 拖鞋 人字拖 凉拖",
    "leather shoes": "皮鞋",
    # head, neck, ears
    "hat": "帽子 帽 棒球帽 鸭舌帽 毛线帽 草帽 遮阳帽 头盔 安全帽 渔夫帽 太阳帽 礼帽",
    "glasses": "眼镜 近视眼镜 框架眼镜",
    "sunglasses": "墨镜 太阳镜 太阳眼镜",
    "scarf": "围巾 披肩 丝巾 围脖 头巾",
    "headphones": "耳机 头戴式耳机 耳麦",
    "hair band": "发带 发箍 头箍 发卡",
    # on the back, in the hand
    "bag": "包 包包 袋子 袋 提包包",
    "backpack": "背包 双肩包 书包 双肩背包 旅行背包 登山包 后背包",
    "shoulder bag": "单肩包 挎包 斜挎包 肩包 挂包 邮差包 腰包 侧背包 斜背包",
    "handbag": "手提包 手提袋 提包 手包 女包 手袋 钱包 皮包 拎包",
    "plastic bag": "塑料袋 购物袋 胶袋 纸袋 环保袋",
    "suitcase": "行李箱 拉杆箱 旅行箱 箱子 皮箱 行李",
    "briefcase": "公文包",
    "rolling suitcase": "婴儿车 手推车 购物车 推车",
    "folder": "文件夹 文件 书 书本 报纸 杂志 笔记本 本子",
    "umbrella": "雨伞 伞 阳伞 遮阳伞 太阳伞",
    "phone": "手机 电话",
    # known, though no network was taught them: their colour must not go to the clothes
    "mask": "口罩 面罩",
    "tie": "领带 领结",
    "gloves": "手套",
    "socks": "袜子 袜",
    "belt": "腰带 皮带",
    "necklace": "项链",
    "watch": "手表",
    "bicycle": "自行车 单车",
    "dog": "狗 小狗",
    "bottle": "水瓶 瓶子 水杯",
    "logo": "标志 商标 图案 印花 文字 字母 logo",
    # hair
    "hair": "头发 发 发色",
    "long hair": "长发 长头发 披肩发 披肩长发 长直发 长卷发",
    "short hair": "短发 短头发 寸头 平头 短碎发",
    "black hair": "黑发 黑头发",
    "blonde hair": "金发 金头发 黄头发 金色头发 金色的头发 黄发",
    "brown hair": "棕发 棕色头发 褐发 红发 棕头发",
    "grey hair": "白发 灰发 银发 白头发 花白头发 灰白头发",
    "long blonde hair": "金色长发",
    "long hair in a ponytail": "马尾 马尾辫 辫子 麻花辫 双马尾",
    "long hair in a bun": "发髻 丸子头",
    "a bald head": "光头 秃头 秃顶 秃子",
    "a beard": "胡子 胡须 络腮胡 大胡子",
}
PEOPLE: Mapping[str, str] = {
    "woman": "女人 女子 女士 女性 女的 妇女 女 少妇 妈妈 母亲 阿姨 女青年 美女",
    "lady": "夫人 太太 小姐",
    "girl": "女孩 女孩子 女生 姑娘 小女孩 少女 女童 小姑娘 妹子",
    "man": "男人 男子 男士 男性 男的 男 先生 大叔 叔叔 爸爸 父亲 男青年",
    "guy": "帅哥 家伙",
    "boy": "男孩 男孩子 男生 小男孩 少年 男童",
    "young man": "小伙子 小伙",
    "person": "人 某人 行人 路人 人物 人员 者 嫌疑人 嫌犯 小偷 顾客 游客 中年人 成年人 大人 乘客 "
    "外卖员 快递员 工人 员工 警察 保安 司机",
    "young person": "年轻人 青年 青年人 学生 孩子 小孩 儿童 小朋友 婴儿 青少年 大学生",
    "old person": "老人 老年人 长者",
    "old man": "老头 老头子 老爷爷 爷爷 大爷 老大爷 老伯 老汉",
    "old woman": "老太太 老奶奶 奶奶 老太婆 大妈 老妇人 老婆婆",
}
# said of the person, in front of whom they stand in English too
OF_A_PERSON: Mapping[str, str] = {
    "young": "年轻 年幼 十几岁 二十岁 二十多岁 二十几岁 二十来岁",
    "old": "老 年老 年长 老年 上年纪 六十岁 六十多岁 七十岁 七十多岁 八十多岁",
    "": "中年 成年 三十岁 三十多岁 四十岁 四十多岁 五十岁 五十多岁 胖 瘦 中等身材",
    "angry": "生气 愤怒",
    "suspicious": "可疑 鬼鬼祟祟",
    "happy": "高兴 开心 快乐",
    "sad": "伤心 难过",
    "tall": "高大 高个子",
}
VERBS: Mapping[str, str] = {
    "wearing": "穿 穿着 穿了 身穿 身着 戴 戴着 戴了 佩戴 系 系着 围 围着 披 披着 脚穿 头戴 着装 打扮 穿上 戴上",
    "carrying": "背 背着 背了 拿 拿着 提 提着 拎 拎着 拖 拖着 推 推着 抱 抱着 携带 携 挎 挎着 带 带着 打 打着 撑 撑着 "
    "拉 拉着 手提 手拿 手持 肩背 手拎 持 扛着",
    "with": "有 留 留着 留有 扎 扎着 梳 梳着 带有 印有 长着 顶着",
}
DEEDS: Mapping[str, str] = {
    "walking": "走路 行走 走 走着 走过 散步 步行",
    "running": "跑步 跑 跑着",
    "standing still": "站着 站立 站",
    "riding a bicycle": "骑自行车 骑车 骑着自行车 骑单车",
    "talking on a cell phone": "打电话 打着电话 接电话",
    "looking at the phone": "看手机 看着手机 玩手机",
    "yesterday": "昨天 昨日",
    "today": "今天 今日",
    "with nothing in the hands": "空手 空着手 两手空空 空着双手",
}
PRONOUNS: Mapping[str, str] = {"man": "他", "woman": "她"}  # where nobody else is named
NOT = "没有 没 不 未 无 非 不是 并未 并没有 并不 未曾 没有在 从不 不带有".split()
AND = "和 与 及 以及 还有 并 并且 跟 还 也 又 同时 加".split()
OR = "或 或者 也没有 也没 也不 也未".split()
BUT = "但 但是 可是 而是 不过 只有 只 却 而".split()
OF = "的 之 地".split()
IS = "是 为 很 都是 呈 均为 很是 比较 非常".split()
ALL_OVER = "全身 浑身 一身 全身上下 一身都是".split()
ABOVE = "上身 上半身 上身穿 上身穿着 上面 上半身穿 上半身穿着".split()
BELOW = "下身 下半身 下身穿 下身穿着 下面 下半身穿 下半身穿着 腿上".split()
# nothing to say in English: measure words, numbers, particles, verbs of asking
SILENT = """
个 名 位 件 条 双 顶 副 只 把 身 套 款 根 支 群 种 类 对 部 一 一个 一名 一位 一件 一条 一双 一顶 一副 一只 一把
一套 这个 那个 这位 那位 这 那 某个 某 两个 两 着 了 过 在 正在 正 它 他们 她们 我 我要 请 找 寻找 查找 搜索 帮我
想找 给我 看到 见 里 上 中 手里 手上 手中 身上 头上 背上 脚上 脖子上 肩上 脸上 下 颜色 色 色系 款式 任何 什么 被 把
将 向 被人 呢 吗 啊 吧 既 其 该 所有 双手 右手 左手 手 脚 头 脖子 眼睛 身体 穿搭 图片 照片 画面 视频 出现 那种 这种
一头 一脸 样子
""".split()
