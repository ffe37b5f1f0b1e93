from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS `kept_answer` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `requested_by` VARCHAR(128) NOT NULL,
    `idempotency_key` VARCHAR(128) NOT NULL,
    `fingerprint` VARCHAR(64) NOT NULL,
    `content` JSON NOT NULL,
    UNIQUE KEY `uid_kept_answer_request_e3ce7c` (`requested_by`, `idempotency_key`),
    KEY `idx_kept_answer_project_6da10c` (`project_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='What a mutation that makes no operation answered under an idempotency key.';
        ALTER TABLE `attempt` ADD `details_removed_at` DATETIME(6);
        ALTER TABLE `attempt` ADD INDEX `idx_attempt_project_772145` (`project_id`, `id`);
        ALTER TABLE `revision` ADD INDEX `idx_revision_project_6ebab4` (`project_id`, `id`);
        ALTER TABLE `sighting` ADD INDEX `idx_sighting_project_92f462` (`project_id`, `id`);
        ALTER TABLE `step` ADD INDEX `idx_step_project_774fd6` (`project_id`, `id`);
        ALTER TABLE `trial` ADD INDEX `idx_trial_project_6972ab` (`project_id`, `id`);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE `trial` DROP INDEX `idx_trial_project_6972ab`;
        ALTER TABLE `step` DROP INDEX `idx_step_project_774fd6`;
        ALTER TABLE `sighting` DROP INDEX `idx_sighting_project_92f462`;
        ALTER TABLE `revision` DROP INDEX `idx_revision_project_6ebab4`;
        ALTER TABLE `attempt` DROP INDEX `idx_attempt_project_772145`;
        ALTER TABLE `attempt` DROP COLUMN `details_removed_at`;
        DROP TABLE IF EXISTS `kept_answer`;"""


MODELS_STATE = (
    "eJztXWtz2zqS/SsofXKqOC7HzmuTqamyE90Z73XirO3czCNTEkRCEtcUoSHIKK67978vGn"
    "w/TSqUTFL9yRaJBsgDEI/u092/j1bcYJY4Pnddtlq7o7fk95FNV0z+k72lkRFdr+MbcMGl"
    "M0uVpYlCM+E6VIe65tQSTF4ymNAdc+2a3IbC1zYjX7lzP7f4hvA5oUQKmLZpL47JrUtdJt"
    "4Sof6Gjaur74jj2YTbuqzSZt+ZQ3SHyesGcTemzo6hcYPrsnVZ0w7b+WZ/s6cbWe+UmIK4"
    "S0aCtyebJReMcM9de64gpktmnmkZQtZFjkx5hW9sYnurmaxys2S2KsEW1CZzh69UTfJxHP"
    "eZbGKqc8tiumx1+lY+timR1Mja4QuHCUGobWiEzl1ZkfB0XV7SlLjqGbJhDiPykeUDc3WZ"
    "2QZUaTCXmpaYOGzFvzNjQl1Zd/AgQjbN1lCNagtaIHPTYkLWZsNj6tSDd5tDhaZD6MIH3L"
    "PN/3hs4vIFkzccCfu//jUKYZ6YBpTxX3n073/L/03bYD+YgHK/j+Ymk/DA/6PodUFAikFZ"
    "9mMNbytHjSoDl4KxaXuWBcPvYa1G30gVlq2qH39oJFX1JhgCE6/demVv/K985OAlf7JuKL"
    "i+n6jqU1+hX7u6Pgll3y+p84sqCUN+NpHgeSs7Lr1+cJfcjorLLwKuLpjNHBjHiS8THir4"
    "hsNLfo+OYNR5LOoxI75gsDn1LDd+JfkE8bXRZPLp+m5yO76bTEa5bz+USHymwSVdIqbGjS"
    "vU+6/oj4nF7IW7lD+fv/rDbyfGwS8FDf52fvP+b+c3R89fPYMGuZx8/EnpU3DnVN36Q1VB"
    "XTqJ+zCGOfjE5TeRh/uDvOOaK1YMeVoyA70RiB6H/2zTEeGFuCfiiXUfXQFTybVtPQRDoK"
    "Ir7i4/jm/vzj9+huZWQvzHUvid343hzqm6+pC5epTttqgS8vXy7m8EfpJ/Xn8aK3i5cGEK"
    "TJW7+yd8myPquXxiy++cGonRGl4NUVNfcdjr3trYstfTktjrXen1EKNEtwdPH/d6euKuO7"
    "WmpdqZYp+6j3cyycZAZ/YBdZHOiCHUNaAO9lg5lC9ttxjkWCCDr3ziPuK7gIf40+nzF69f"
    "vDl79eKNLKIeNLryugLyy093GTxh09gAzbA4YlmApTqVTORBCrbFDeeCIlmcEGpMCOpg2w"
    "TpSADhrQFvdKhUFxrAnBMcINyvzmrA/eqsFG64VQK312z6yMrtD+zRaD9Qv6gD9YtyqF9k"
    "oV4xIeiiYEzfsR8lq19CZAAAV510xn+/Sx1yQiCPPp7//VnqoHN1/emvYfEE8O+vri8ygM"
    "8srt/Lo+TsIY/5f99efyrGPC2VPYCaukv+j1imqLP/CE7KXZlLKvAHOKrxz0KtpU+PUEEW"
    "f+Y4vGDnXA59JICob4+6vAXP3wD2WAJx3x73DXXgbC2aIJ+U+Snst5vo/zz3bB1wVfYU17"
    "TFMbT3lydYAHbSJcros5UWMi3ZghayPx9Hx5WOeV3z3LRNsdyqmzOi2M9d7ueUJTPdyxec"
    "W4zaJXakpFymi2dScFfTa3Rlv/16cX19lerSi8vsXvnLx4uxPJarvpSFTNfXweX0S3m7dt"
    "MPrLgG/M669p2BlXx+nzDgwoUZ1e/lDsWY5O7wU15WNn9rdbrKXqG2PNUaAZrwnAElRg4m"
    "KlghWya8pVWxZYxEoUfZMucEmjCIkn6nqBqBOlQQ6jBirlaeupcnwDQTLaRypK1e6mUreR"
    "xIiuidUhNJEYdjHkdSxCH2OpIinnySTVjqGxqMBmwnen5yUgfdk5NyeOFe9jQQP1kO5nIb"
    "RkYM7RiN7Rjh1jKPeiltIimyP+rEya4Gd8u8iT6Y8Ec34/MP/9jVEN7FXNytM+Rv/hcwKj"
    "9KhiW0GifKkChT82RpxydA/4wIngrgMPAdhhTLeUmkn0jdLDh0tlVr4Xk0fNH6ngWtnkgz"
    "LgDRB4cH3c5/9xoedA/oyIMH3UPs9ToH3T7sqno3tcbwBnAUnr5KzwFpof2dBJ735CTAZ4"
    "I5YJjaCt0SaTxw5YjqSH3cr8oAqY9PyzxCpe+eVsX0sbUu0GkpBBr94Pa+JHpri1Oj4bhN"
    "CeGwrTFsIdRGY1eilNAAYT59+bIGzrJUKdDqXmYrrR6qEf05IdIN9jM0Oxj2cxjUJt8jv8"
    "hZpGTWTgpl+mQOUjs7yRzv6ixTAfuH6y8XV2Py+Wb8/vL2MuiCSKWibsKlmCJ5Mz6/yrpb"
    "8E0BwhfmonRhDCW2WhY7tq8OVsX/Oj09O3t9enL26s3LF69fv3xzEi2P+VtV6+TF5V9hqU"
    "wN+Pza6WPZxB6akBgQ7K1tRmYPLms4iiORAeG552EsuOfobLIF+FlJ7IOt+2BJT1++aqS1"
    "jiQGoJfatc9zMFC3QDkriGA/Crbcu8HJpckOPCGC6j70dO4+6l0hGTnmvNhNRd3QKilFUZ"
    "FaAV35DHTCQPXZLE19SeD4oKKI6pYnIFCpYQoqYZLic+4QKojF7QX8dZfsgRj8mPwqB0SC"
    "FgTtw6XiwK47bE8FePVMI4jvSt0g7GnYpunTmYKGNCKrDwvIB1MCJjQnXHIEcWEfIMiqw4"
    "gNtzdUfLMdpnPHYMazd2Rqc8+eqiefCm8WKNanYSzZoEWoUSPpymbceCD3tnzvYzKNdfLw"
    "1N9sv6h6c+UEJNZUj5/N5iQQ8J9cXgJd84yKCurVvcQGbkbVhT+UBDCg0DEI+VLIl+olcw"
    "b5UofY68NzDNrTqah9C1C4utYFOCw/QLvPizpeQS/KnYJe5HyCUluWJo5XkdDgRnD7MfrQ"
    "sS1huayDrixVYbnM4dsw9CFGPKyrkIpOurV5OaHAAIdu+yub3BqJZr6YscQARu++OZWgT2"
    "g0DQflBwD1zmMqR/qZRjaClBTC/CjM1OBrXw2ZQ7kyglZKDiNoNYig5TCll9kC84wkot4A"
    "9bXnLNgWmKfkEPFHEO+IKWb8ndmFphj/hlZlimFRkVqmGMu0w0xtZM6Y4ee+CzQy78hUMN"
    "nnts6mZEmVLWBB177tRCWpcwzmgJFA56uV6fq/i20wu2qoRiSysOpqo0O4t0kvwWh86MF2"
    "AI0Ph6OGRuPDIfb68IwPvZtkE0fbcD3Nb0WrCJ4JqSG5T+2Z3akwazC+w/IDHNk7sP10Xh"
    "/W52mjVxqxHgPN10HkhoZQZ+VQ/fgo1BgFomL/2JbFoiNamV/Z2j23xUYpGXKqmcRdrUo/"
    "cy/LTWhc8FEtzVfgYVICUfKUZ6fiZa7oPVNakuibJX6dzCCeDboSahPTYKs1d+Wm64Hcs4"
    "e8Xqa9qhUNdi6rZc5a1u4GdFgGypwlqHo2UPWGCkLFPTM0MpXjSIq7U/8OFPVbAcEVNRiZ"
    "O3xF6EKOtHI9jwN7SuFG8T0SjzWRj4UsUw0VPajo6eeRHxU9h9jrqOh58kk2aepNL691oc"
    "7KDRHs0zd10D59Uw433Evjnd2+NNo45EQR9XqoJ7atTRDPiA0Q7fbZk8GmPw9zuVtpQmT/"
    "AXXQs7SNg/NHpsKmFRyagzta1YF5FZepcVbm8vAIHpv+sdK0Y47BW+Jwi5Hrr5/GNxoZf7"
    "i8u74Bd8zfLsdfxzdFh+OfqqsOL8FXbVafUsNCWmoHg0fVru+i8Kh6OIcWPKoeYq/jUfXJ"
    "J9mccXELy+JQId7FUQl2PY0UAbyQeDwIfIeUYOoj/BkVbdDVjer9eVSkdnpiJfKOMKovif"
    "B0Xe5i555FqOtCKBLfDKWAFyoqiekSOeMKuf0OUlaVZy9upWZMboxb9hFu2Qe9ecMt+yH2"
    "Om7Zn3ySxRgQReBicuO3/eaoYXJjTG7cs+TGmIlvB8O2Swf6inzRqfvao8f7ZrmiA1ppwf"
    "kbiJ1viTAXNnU9R4qy79Ty1BDSlK8vRD2F6M1kY7pL5fnrh8su5a623kjh4d8HoRt5pJPP"
    "0m7NmcTgO2lDfW6yC9GI2YcFAjUih3M2Ro3IIfY6akSefJLNbM4awpyUQZAx6+feD+fJHV"
    "2DcZsRw6FbJ9idf8JpiHRaCoFukII5fRKqC3ixNAJfZ4RbC+7IU/mq0QBPCg0Q5vbjXCxl"
    "Fc6aOvKnKwdpHuxyPn6BKCa6rTYhbJfoVsLT6CtIiAzwGzg7rfENnJ2WfgNwK7Nvoc6CNS"
    "IMxhIDBHgnCbT7kYqyxw5Ve89y2zmAnyQIV3FOyipfweHyYHfBM5Z7C8fUJ00ZIhmxAaLd"
    "/jIYYAYmsgKsf7E4LY1jlBbMoD0HyRp49yfh54frLxdXY/L5Zvz+8vYy2PRFelp1Ey7FMa"
    "VvxudX2QUxtEo22XKnhNAJ9meS2kaW4Cb4p6WwA/rphXwdhrMaFfAh4ptaFRmCp4o9SoS4"
    "gzSvnjvjPwizXefBj3kehts6Jrcqm2yUVTZ6CHU9T3n4uepUiK7vzJlNydF7OTXdjTXy5f"
    "MH9ffD+GoMf9+ff3o/vtLIzfju5h8a+eadnpy+euYnnPVzzyrKRCr5rKAPcVpd4vJvtsX5"
    "PaEQ1D1mCE2DMhvTjwdmusdkanhsQv1YYZsl8zPlOsySFYLjtUvvmSynkanFqABKxj3zs9"
    "/KF/EvebZrWir/rYoaryo1g7hiQQAyIHuYKwBJ9qGs1zbnTLg+dI5n/4nbKtethPi4UQiz"
    "IBbaNBN4Y7qjYGU+VL5Ym3yMXTJVMKJ+bzWySPw4HAoAEj8OsdeR+PHkk2zKY2DWBOKwPI"
    "Jbh/CBQd0xqHvvgUYPjQN1LOrxmMX4oQcXP7Rj6nwMH5rnzoz2gnX7tm7ZepGtu3Txi8qj"
    "Q20+h+/cE9RqgmZSBAHNAhqrZ5voRmKpFvQiHZt5+6sGyWu/EvaHJlN8RmxwU3z7ZISEVa"
    "fpt5QRxQ+qyx+U2TgMuNlOFPD+9OlO+A/cV7t4DfPCpaQGN421v1O1qHAnzHF4gZtZeeCd"
    "tNQAYN533J2ZxfX7EmVD+cySlsLZZfvZha7XlrmVkTAtiWt3l9duwVzX2qqX05LYy13r5Y"
    "4Q9T47DKZd7nzmaYZP0X2tiq63DktO1kHRGiGKZVHFDrPJpT1nDqQsv2XOd1NnhAoCizQR"
    "jNnvyNTi1GDGlKzoWpA7GAfMUIGVIBVIVniUGUK7a+mbDYAJ4nKfVXd0eXtN4It6puhs0O"
    "rcdKByahp+SGTTBbIbEBkeVFxkWW5VRmSrYqll2GThg01EgAESv3a1iUXiF1KAkPiFvb7V"
    "8o/EryfjJsFKvaZ640DIkdAAYX51Vkchc1aukDnDUNMVft510JWlKvy8c/g2VCi2qkns0C"
    "asfU1ifgvdZKtbJDzAId3+fKFOQnmoLzi3GLXLDOSBTAbhmRTaFcTRlf1qMy6ur69SO5mL"
    "y6x69svHi7FcCxXmsUdsEROBiiJKYxU5LJQYgIp81/OH3CgIuiiYNcrNEAmRAQC8bxuE3I"
    "O71HGbMWtiEWTWZCcIX/XVxKATS2BgqtZtPHwGe4mtFAIZUdT/d0cB0DH9v1IjjApV/zxM"
    "2Vml9Y8L1dD3/+rNmGMzlwkSHax9N3dKvsPgZcr/nRIV1tHlDst52gePVeK2v5smHtfMo8"
    "IcFeZdPb/1U3WKCvND7PU6CnN0JEPnx745P0b78a3QLZHGA2wWZlTBVEzzSAMdHg0UjW07"
    "jNzumm6z0LORwABmkowls1bS3NOKpLmnmDS3M7N2V5gQHVJRtG/X9JVNky2ihmclMXh4kV"
    "20VvBwfe1NLHNlFigISuFPyQwJ+xa32SvuPPggbTPAi+WHBPW+Y+QzuZsWEMnFLprUq/oi"
    "JzqYU+We+yBaH5u6fOYEB7Cj2QXXoiMmsxv23SxL9R3d06qMZk6y1KNWs2ubEd8r2PcfUa"
    "ogoYE3iq8V0pQbCVW/ILRy1pwVPlSJyazl+lXo68CLGdCZ+mY4KZ/ypTm6lT07/vAMmily"
    "yjn6MP5w+f78ThZ5JyvM0eumyr8mJ7ZZcqHcbgRZecKVVYsNc9QLmG55uOjg1RpkHY90yh"
    "0OEY1GSTRKdnWb1E/zFBolD7HX0YvnySfZpEt8cqmubQJOSSHQmLt770qTXtnVe4QrHLCa"
    "TAVheZwEakwC6vS6ZWruIlkEvQboidNzE7wzYgOEun0jDQZpQ9fK4Y5uZEruOOQ++lOiP+"
    "VwaCHyMU2HGROHrS1Tp038KotEB2NIbNm/cht8CyQR3iy8GBNzqN6SBR9R805OCWIfd62P"
    "O2Lev9WXbEV/87UWowIbf7qAVmXoF6poqAJRZR81939VqZtVFQIs47f/c2W6jMxNS2VHfp"
    "tKkwz/++36tvuVHOGhoTtl5G+t1p9whU3AUHe/nBAZnP25rQ1z1v7cle/It7gUfkHBrepv"
    "J1Gohmc5NOGPVp/yIUgQkBZYE77/N2QnVw2RYFjlmCzBg5X6lrffiGLLZBWlU42oa9OQJQ"
    "NJ40M2jJ8gPtwITgl1mPpgIdn7OzKVMJnf2SSkGEFi9W+2n+vdv+I/f/K5FxzC1x6dyC6E"
    "p39g7jMNWghrCDO7+9FrhWqJGSDjowC53LP7f3iFzJ516j859Cv08ZRIUWAehSSjYOLxXy"
    "B6XKhcl2PMeZismaOrbPNHJ9D485OTZ2HaeLEEGGQNyfdSz5t4DzljCaKSlgQxeNcOX3E5"
    "d3yzuUMcblnyrWDwkyMYy2+DUjYn/gNo6gVmTOeKz+Q/p4r66xf03/eZ7ITggeNXlYLxew"
    "jT1pkEKBT1AwRvqNDSkJTTldJmY/V1VZKVdpl4vkjLj7ylHuixkLd0OAwW5C0dYq/X4S2h"
    "iQCDKWAwhb3C3Bd1KtpfKqZ5DKYwvGAKyOHdYyT+JhAPmNL0vFZghecVgRWeY2CFzszgyE"
    "VFLuqwQN+Cq/A0JIW+HF6Szr+1AY1FENAc6yNt8WiAa4EkngKz8CIpDElhfYY3NMLlca3M"
    "MJMUwyQzDZLMYNKC4VK0UpG1Ukb5BrNWXnCrSatjXdv2tJWhEDScvQqkcRJrMIklmRpNZ7"
    "GsLE5jXZvGusKQMxdLt4wiF97TKjlyyVKPk+TsMM5TMuM5MW1FodItT7jM8ZmgC0++HaEL"
    "2eWy2ILLNkj40sLnQW2AXaW4VxvG1lCVKKDM7bxJRaCby/cWU8VN8zOsK24XtAuENzDeEz"
    "6fy+vviMM3QnHmKImyRwXMM1WLShJvWT55TF59+GbL0a8zx9aI4D4XzjGYA++w8Um1shDR"
    "gRlocEg6w4Ew68r32iap+728AWKpYKs+wUvDIFM11ygkayFZa9Rf2g6StQ6x1+uQtdBAvS"
    "erB+bY3pFPd7i/qYtsWH6Ao7b9fBVdCevfKZjbj6qB7JU4LcjLOujKUuVpQV4WJIQX3HN0"
    "NtnCYbBIdoC4n53WgP3stBR1uJWJIA+H3zzS5bTDSAAZh9szDhfcbqraDUVQn/uIPrcrWj"
    "6XrUdFGj64rlVq98IStULEQ2mlvLIJaJ9Wa/cteEPKzb/OhNDIXB72PTkUIeC6wj/vmCpr"
    "qIgR33YDhZ6NQc1P49mIqixUZXV1+e+nUgNVWYfY66jKevJJNkGPTK2odYFOSyHQ6NTytO"
    "DK2cds6OeZFMHA6UXMSHT93u2QNRqH8E7KDMD9ag/KQkCsobUmITI4jNu32LAfpivBK/Jr"
    "K516UzLI7ixyAsLI0Rg5ejh+r8xxeEGqoHLrQSSA1oPtrQfyFjx/A9hjCcR9e9wxTsfT4m"
    "8UW80qklwbxUaz/rrH7Tm3tctdajWDPBJBzLfDfO1w+AjEZIvdTJEsbmsab2siGPl8LljB"
    "Slv1ARQI46ew3acg7s31mhUc8qtdeGMpJEs0cH4TLnW2M8ilJdHxrTv2t7zZdW7aKo73Ft"
    "2cEcV+7lo/d4T6dAeIljg4Rve0KgqUmyxVI3UG+OxxIpcExyZzh68CFz1gnMgluDQkf/gw"
    "JeynlupVropizfTYU3FDBaFCngrJkZw6F8zVwHFRvvwq5lNpRKzlZK0Rai24Y7pLeW8px6"
    "Szpo7E1JVta0T+dUxd+2bDBzeZeYasayKYHNfgPCkYM55p4IOpvCddtha+VyRUC2kLuOcS"
    "0xDKy3JN3aXYxndxl1Hm03VHhqh2Gwm6s91g9oXh8pGu1huDHtLVDoe4hHS1Q+z1OnQ15E"
    "pgmPy+BUbEMPl7gRmNzRXTPIbJH575Danbe1oVi8+jdQEvlkbga0ca3ybCOIJcG2Tky+82"
    "CQRoGpsskGH5n1oau4bzvtfGwG+mSRTnpAgeYnK7694mfdgTe7b9iRktg2gZ3Lll0KTWqN"
    "AsaPqssSqbYFikVlwEndqGCQMuyAetOnMqx5XJjLcVNrU44qjpgrFMXwYZmXOBEVpvoU5k"
    "BG81k3cwNgIam9DY1E+zAxqbDrHX6xibUMGGsRGGBXSwXcmBXHoojgXQdb8o51m4qWw0bp"
    "NCAxy27QdUzWzYm2jTCkT3r1gb/TnKcTDzTMs1bXEMzf7lCUyBO1G3+bTHxmEWMmID/Bba"
    "DxAaYPadWl4B1r9YnJYau9OCGbTnIDkoRdCH6y8XV2Py+Wb8/vL2Mhj10f5S3YRLsQvGzf"
    "j8Kpe1TlF3GwGdkNkS466N6R2DPGOiyKeryqcoFEGHon5EX/2yhiSZowJNY3BHq1I1enGZ"
    "R3WNd8Cst7irQqQScLRfQTXEryNMeaSM8i53WM5XwH+eEg+Etit/SmY/ahJRk9jR9aanOi"
    "XUJB5iryNt/cnVWkhbR9o60tZ3Oz0gbR1p60hb79OqODct1lglmxIaIMynL1/WwFmWqgh+"
    "+zKLdFB7DuaqsESxzJAsa3sOSLRNPCgMA/WzqIslPX35qtFxJpIYwIZl95Ge16ZcP7dQEa"
    "QlB6gi6K9KIK8Jwli9+9p9dsQGcs4cU1+OCmwgwR2tygZC4zKP2UDKwX/c3tDIKlC6xhbu"
    "0gvW12Awdtcm0Mphv9wGsEVm1WEnVN3J9hw+qgYIB8UHiO5O/Btliy6zG4U/T4igl2OfFr"
    "M//h9rCr4m"
)
