"""Traditional characters to simplified ones, as far as `chinese_words` needs them, and words that differ as a whole."""

from __future__ import annotations

_PAIRS = """
紅红 藍蓝 綠绿 黃黄 銀银 淺浅 純纯 鮮鲜 軍军 欖榄 寶宝 薑姜 檸柠 熒荧 螢荧 長长 髮发 發发 頭头 條条 紋纹 豎竖 橫横
圖图 連连 帶带 針针 織织 線线 質质 寬宽 鬆松 緊紧 動动 閒闲 閑闲 運运 舊旧 襯衬 衛卫 絨绒 絲丝 褲裤 裝装 開开 無无
褸褛 夾夹 馬马 風风 襪袜 鏡镜 圍围 機机 雙双 單单 書书 側侧 購购 紙纸 膠胶 環环 錢钱 桿杆 傘伞 陽阳 遊游 鬚须 鬍胡
禿秃 顱颅 彎弯 捲卷 辮辫 孃娘 婦妇 媽妈 親亲 爺爷 學学 員员 歲岁 輕轻 齡龄 幾几 攜携 揹背 繫系 係系 紮扎 著着 撐撑
撿捡 騎骑 車车 電电 話话 還还 與与 並并 沒没 個个 頂顶 隻只 這这 們们 給给 尋寻 請请 裡里 裏里 體体 腳脚 臉脸 顏颜
樣样 見见 視视 頻频 畫画 現现 種种 類类 對对 將将 嗎吗 為为 說说 來来 從从 邊边 兩两 嬰婴 兒儿 標标 誌志 貼贴 掛挂
點点 麼么 憤愤 傷伤 難难 過过 搖摇 後后 棗枣 駝驼 軟软 衝冲 鋒锋 羅罗 嬸婶 夠够 鴨鸭 盜盗 賊贼 顧顾 領领 繩绳 襬摆
闊阔 復复 複复 帥帅 傢家 夥伙 聯联 東东 門门 間间 時时 誰谁 讓让 應应 該该 處处 實实 濃浓 僅仅 卻却 項项 鏈链 錶表
鑽钻 護护 診诊 醫医 師师 國国 樂乐 漁渔 郵邮 兇凶 報报 雜杂 筆笔 記记 檔档 資资 塊块 製制 熱热 場场 鐵铁 業业 靜静
爾尔 達达 結结 絡络
"""
_CHARACTERS = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
# words of Taiwan and Hong Kong that are no mere other spelling
_WORDS = {
    "襯衫": "衬衫", "T恤": "t恤", "恤衫": "衬衫", "太陽眼鏡": "太阳眼镜", "後背包": "后背包", "行李喼": "行李箱",
    "褸": "外套", "長褸": "长外套", "冷衫": "毛衣", "波鞋": "运动鞋", "背囊": "背包", "牛仔褸": "牛仔外套",
    "塑膠袋": "塑料袋", "檔案夾": "文件夹", "腳踏車": "自行车", "單車": "自行车", "馬克杯": "水杯", "遮": "伞",
    "靴仔": "靴子", "毛衫": "毛衣", "皮褸": "皮衣",
}  # fmt: skip


def simplified(text: str) -> str:
    """A text in simplified characters, as far as they are in the table."""
    for traditional in sorted(_WORDS, key=len, reverse=True):
        if traditional != "遮" or "遮陽" not in text:
            text = text.replace(traditional, _WORDS[traditional])
    return text.translate(_CHARACTERS)
