from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS `drift` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `kind` VARCHAR(40) NOT NULL,
    `namespace` VARCHAR(63) NOT NULL,
    `name` VARCHAR(253) NOT NULL,
    `uid` VARCHAR(64) NOT NULL,
    `drift` VARCHAR(16) NOT NULL,
    `reason` LONGTEXT NOT NULL,
    `noun` VARCHAR(16) NOT NULL,
    `subject_id` VARCHAR(16) NOT NULL,
    `adoptable` BOOL NOT NULL,
    `recreatable` BOOL NOT NULL,
    `purgeable` BOOL NOT NULL,
    UNIQUE KEY `uid_drift_kind_25b691` (`kind`, `namespace`, `name`, `uid`),
    KEY `idx_drift_project_8be17f` (`project_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='One object on which rows and cluster disagree, for as long as they do. Kinds: states.DriftKind.';"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE IF EXISTS `drift`;"""


MODELS_STATE = (
    "eJztXWtz2zqS/SsofUqqOK5ETnKzydRU2YlmxjtOnLWdm3lkSqJISOKaIjUEaMV19/73RY"
    "Pvp0mGlEmqP8km0QB5AOLRfbr7t8nW1qnJTs44p9sdn7wjv00sdUvFH+lbCpmou110Ay5w"
    "dWnKsmqs0JJxR9WgrpVqMiou6ZRpjrHjhm1B4SuLkm+2c7cy7T2xV0QlQsCwDGt9Qm64yi"
    "l7R5j8DRqXV98Tx7WIbWmiSoveU4doDhXXdcL3hkZPoHHd1kTroqYO2/lufbcWe1HvghiM"
    "8A0l/tuT/cZmlNgu37mcEYOTpWuYOhN1kWeGuGLvLWK526Wocr+hlixB16pFVo69lTWJx3"
    "H4c9HEQrNNk2qi1cU78diGQFIhO8deO5Qxolq6QtQVFxUxV9PEJUWKy54he+pQIh5ZPLAt"
    "L1NLl+i4lvEfl865vabisiMw+te/JgEmc0OHMt7zTf79b/G3Yen0B2VQ7rfJyqDiXeDvSf"
    "hsICDEoCz9sYNHE10sy8AlfyBZrmnCWHnYyaEykYVFq/Kf3xWSqHrv99fc/cl6oeDubi6r"
    "Tgxr7zXl9Xkg+2GjOn+WJWEMLefiBd2tFZXePfCNbYXFxRCDq2tqUQcGRmyow0P5H0VwyU"
    "N9At3o0hBVPbqg05Xqmjx6JfEE0bXJfP756nZ+M7udzyeZjymQiI17/5ImEJN9y5l8/636"
    "Y25Sa8034t+Xb3732olw8EpBg7+eXX/469n1s5dvnkODtviava/8s39nKm/9LqtQuTqP+i"
    "+C2f9m5irPwv1R3OHGluZDnpRMQa/7oifBH006IrgQ9UQ0Ux2iK+DbvLLMB38IlHTF7cWn"
    "2c3t2acv0NyWsf+YEr+z2xncmcqrD6mrz9LdFlZCvl3c/pXAv+SfV59nEl6bcZhTEuVu/w"
    "nf5UR1uT23xLeo6rHRGlwNUJNfcNDr7k5v2OtJSez1vvR6gFGs2/2nj3pdrEv/K9aDeb2p"
    "NSnVzhT71H3cySQbAZ1aq6sinRJDqCtA7e+DMihfWDwf5Eggha944iHiu4aH+MP05atfXr"
    "09ffPqrSgiHzS88ksJ5Befb1N4wsauBppBccQyB0u5zZ+Lkwlsi2vOBXmyOCFUmBDkSbEO"
    "0qEAwlsB3vDgJy/UgDkjOEK435xWgPvNaSHccKsAbrfe9JGWOxzYk8lhoH5VBepXxVC/Sk"
    "O9pYyp65wxfUt/FKx+MZERAFx20pn9/TZxyAmAfPbp7O/PEwedy6vPfwmKx4D/cHl1ngJ8"
    "adranThKLh+ymP/3zdXnfMyTUukDqKFx8n/ENFiV/Yd/Uu7LXFKCP8BRjn8aaiV5eoQK0v"
    "hTx7Fzds7F0IcCiHpz1MUteP4asEcSiHtz3PeqA2drVgf5uMxPYd9sov/jyrU0wFUaKLhh"
    "sRNo709PsAB00iXSitJIC5mUbEELOZyPo+dKx6yueWVYBts06uaUKPZzn/s5YW1M9vK5bZ"
    "tUtQrsSHG5VBcvhWBX02t45bD9en51dZno0vOL9F7566fzmTiWy74UhQzu6eCkfgnspau7"
    "mCkPLixV7U6sVfo8c8ee2kVls7e20236imqJ843uvye8lc82EN+tymguESG4pZQREfRYoU"
    "eJCGcEmtCJlH5PwETvK8YYUR1KjO3Wlfey3IJ6ormG96T9Q75sqdU9WR7N4wNQb6F5/HgM"
    "pWgeP8ZeR/P4k0+yMZttTdPBiC0GL1+8qILuixfF8MK9JL7xJ8vAXKzNTomhRru2RjvYWm"
    "ZRLzSgx0UOZ0R/0dXgbtmCPgRj7uR6dvbxH10N4S7m4n6dIX/1voBJ8VEyKKFUOFEGlImK"
    "J0srOgF6Z0QggQMX+x6GFM0Q0JNPJG/mHDrbqjX3PBq8aHUeeKsn0hQRPPzg8KDb++9ewY"
    "PuER158KB7jL1e5aA7hF3V4KbWCF4fjtzTV+E5ICl0uJPAy4GcBOwlo869mHAaoVsgjQeu"
    "DGUZSXCHVRkgCe5pOSio9D3Qqpg8tlYFOimFQKNH1MGXRHdn2qpec9wmhHDYVhi2K8OktZ"
    "1KEkIjhHn6+nUFnEWpQqDlvdRWWj5ULSJsTKQfPFhodjQ82CBeSLZH/ixmkYJZOy6U6pMV"
    "SHV2kjnp6ixTAvvHq6/nlzPy5Xr24eLmwu+CUKUib8KliCx3PTu7TBPv7X0OwufGunBhDC"
    "QaLYs921f7q+J/Taenp79MX5y+efv61S+/vH77Ilwes7fK1snzi7/AUpkY8Nm108Oyjj00"
    "JjEi2FvbjCwfOK05ikOREeF54GHMbNfR6LwB+GlJ7IPGfbBRp6/f1NJahxIj0Et17f3qD9"
    "QGKKcFEexHwRZ7Nzi51NmBx0RQ3Yc+r/1HvS8kI8dY5bupyBtKKaUoLFIpVqa9BJ0wUH32"
    "G0PbEDg+QAhIopkugxiQusFUAZMQX9kOURkxbWsNv3xDH4hun5C/iQERowVB+3ApP2Zmh+"
    "3J2JmuofuhM1UOcTmBwOS3aXh0Jr8hhYjqgwLiwaSAAc0xTp5ByM0HCKTpUGLB7b3KvlsO"
    "1WxHp/rz92Rh2a61kE++YO7SV6wvgjCdfotQo0KSlS1t/YHcWeK9T8gi0snDU3+3vKLyza"
    "UTENupWvRslk18Ae/JxSXQNS9VVkK9uhPYwM2wuuAfKQEMKHQMQr4U8qUGyZxBvtQx9vr4"
    "HIMOdCpq3wIUrK5VAQ7Kj9Du86qKV9CrYqegVxmfoMSWpY7jVSg0uhHcfrQ2dGyLWS6roC"
    "tKlVguM/jWDIKHse+qKqTCk25lXk4gMMKh2/7KJrZGrJ4vZiQxgtF7aE4l6BNqTcN++RFA"
    "3Xl03VA/U8tGkJBCmB+FWdXtnaeGzKBcGkspIYexlB6JpZScoqVepgHmKUlEvQbqO9dZ0w"
    "aYJ+QQ8WHEDJvdUyvXFOPdUMpMMTQsUskUYxpgH/EsEitKdS+tmK+ReU8WjIo+tzS6IBtV"
    "2gLW6s6zncj8X45OHTASaPZ2a3Dv/3wbTFcNVYhEFlRdbnQI9jbJJRiNDwPYDqDx4XjU0G"
    "h8OMZeH5/xYXCTbOxoG6yn2a1oGcEzJjUm96kDszslZjXGd1B+hCO7A9tP7/VhQ542BqUR"
    "GzDQ9s6P3FAT6rQcqh8fhRqjQJTsH9uyWPREK/OJSu/vHLWMf0cp08tsozKPKma+bWyyVY"
    "F4SvaShWlFqpJ3xLFNSq6+fZ5dK2T28eL26hpYpb9ezL7NrrO6l5+sq4p6xZuhy7UrQSEl"
    "seNG1UrfpzpUrRzPIRtVK8fY66haefJJNnNGanBAGivE07dVMJ6+LQYZ7qUDHOTZUYshDs"
    "qPEd8xxcn+BD+TvA26vFG+Pw+LVM6yJEXeE6pqG8JcTRO72JVrEpVz8KjyHKgk8Ew6Vxmc"
    "iBmXie23H3m7OAlTKzVjjibcsk9wyz7qzRtu2Y+x13HL/uSTLLqy5IGLOZoGrmrHHE2Yo2"
    "lgOZowoUAHw7ZPB/qStFeJ+8qjx/t6Ka++wSlbzTt/b1WdviPMWFsqdx0hSu9V05VDSJGU"
    "ZQjeAkGoyN7gG0lg9qJ+5Znnumkk9/DvgdCPdFjxZ2m35lR+s07akJ+b6EI0Yg5hgUCNyP"
    "GcjVEjcoy9jhqRJ59kU5uzmjDHZRBkTF5y8MN5fEdXY9ymxHDoVvHZ9044NZFOSiHQNTJJ"
    "JU9CVQHPl0bgq4xwc2074lS+rTXA40IjhLl9d52NqMLZqY74l4tBmgW7OFp1jijm6yk3IT"
    "TL1yPgqfUVxERG+A2cTit8A6fTwm8AbqX2LaqzprUIg5HECAHuJA/YMDJqHAzj9qPqHTxZ"
    "T+8AfhJf4vzUGuVJBEc6pjvhGYu9hWNotXM1psRGiHb7y6CPGZjIcrAuyQ6YFmyYIXA4eU"
    "vayBAYWiXrbLkTQoffbD8N2t3k5gktwXXwT0phBwwzTc9V4KQ/yeFDRDeVMjKEnSj2KBHi"
    "FrLVuHxp/yDU4s6DF7pt63JZxwm5kUlxwuQ44UPI61nKw89VJxPu3FNnuSDPPoip6XamkK"
    "9fPsrfj7PLGfx+OPv8YXapkOvZ7fU/FPLdnb6Yvnnu5c3xUuhIykQihw5TH6LsQITb3y3T"
    "tu+ICrHpIobQwi+zN9gGntvgJ2Shu3SucpkBaL+hXsIfh5qiQnC85uodFeUUsjCpyoCScU"
    "e9JD7iRbxLrsUNU6bxkcHvZKViaAt0/LRCXrYgYwsgiT4U9VrGijLuQee41h9sS6bsERAL"
    "hBYr8UudnUA8qkHULB9ZeoHvRTMqu6M6cS2IrLcwdLrd2aJJ7WF+Rx8WxSQSB+L4MDCCLh"
    "+gUEqynFHiQeWJtcnH6JKpgoEBB6uRReLH8VAAkPhxjL2OxI8nn2QTHgPLOhAH5RHcKoQP"
    "jE2HsekGDzR6aBypY9GAx2z6xFsV5bTcGMHuwmyS1ijUgDxHtBHqPVPnHwD0mMqonkkwIT"
    "YCN9uubd2i9Txbd+HiF5ZHh9psKqKVy1SzDppxEQQ0DWiknq2jG4mkWtCL9GzmHa4aJKv9"
    "itkf6kzxKbHRTfHtkxFiVp2631JKFD+oPn9Qno0u28XFNvhI4qfs78Pp0074D7andqmZ5D"
    "gpNbpprP2dqqkyPqeOY+e4mRUH3klKjQDmQ8fdWZq2dlegbCieWZJSOLs0n13U3c40GhkJ"
    "k5K4dvd57WaUc7NRLyclsZf71ss9Iep9cShMu7bzxU4yfPLuK2V0vV1Qcr7zi1YIUSyKSn"
    "aYRS6sFXUg89oNde4NjRKVEVikCaPUek8Wpq3qVF+QLSRcvYVxQHUZWAlSgaSFJ6kh1F1L"
    "3y0AjBFue6y6Zxc3VwS+qOeSzgatrgwHKlcN3QuJbHAguwGR4UHGRRbltkVEtjKWWopNFj"
    "zYnPkYIPGrq00sEr+QAoTEL+z1Rss/Er+ejJsEK/VOzUsJWx4IORQaIcxvTqsoZE6LFTKn"
    "GGq6xM+7CrqiVImfdwbfmgrFVjWJPdqEta9JzG6h62x184RHOKTbny/kSSgL9bltm1S1ig"
    "zkvkwK4aUQ6gri8MphtRnnV1eXiZ3M+UVaPfv10/lMrIUS88gjNo+JoLI8SmMZOSyQGIGK"
    "vOv5A9PslmzKu7BBiD04Vx1ej1kTiSCzJj1BeKqvOgadSAIDU7Vu47GXsJdopBBIiaL+vz"
    "8KgJ7p/6UaYZKr+reDlJ1lWv+oUAV9/9/cJXUsyikj4cHac3NXyT0MXir931Uiwzpy26EZ"
    "T3v/sQrc9rtp4nHNPCrMUWHe1/PbMFWnqDA/xl6vojBHRzJ0fhya82O4H2+EboE0HmDTMK"
    "MKpmSaRxro+GigaGzrMHI7N3i90LOhwAhmkpQls1LS3GlJ0twpJs3tzazdFyZEj1QU7ds1"
    "PWXTvEHU8LQkBg/Ps4tWCh6u7dy5aWyNHAVBIfwJmTFh3+I2e2s7Dx5ITQZ4vvyYoD50jH"
    "wqdtMMIrlYeZN6WV9kREdzqjxwH4TrY12Xz4zgCHY0XXAtemIyu6b3RlGq7/CeUmY0c+Kl"
    "HrWaXVmUeF7Bnv+IVAUxBbxRPK2QIt1IVPkfhFZOm7OChyowmbVcvwx97XsxAzoLzwwn5B"
    "O+NM9uRM/OPj6HZvKccp59nH28+HB2K4q8FxVm6HUL6V+TEdtvbCbdbhjZuoyLqtmeOvIF"
    "DF4cLtp/tRpZx0OdMoZYHoB2Gw2Hx2NCQsPhMfY6eto8+SQbd1uPL6eVzbQJKQQa82sfXL"
    "ExKNv3gHCFQ1CdqSAoj5NAhUlAnjAbps/Ok0XQK4AeO+HWwTslNkKo2zekYCA1dH8c7+hG"
    "NmPHYfHR5xF9HsdD3RCPaThUnzt0ZxqaWsf3MU90NMa+ln0gm+CbI4nwpuHFuJVj9WjM+Y"
    "jqd3JCEPu4b33cExP8jbahW/VXT2sxybHDJwsoZcZ4JosGKhBZ9lGT/DeZXllWwcB6ffM/"
    "lwanZGWYMoPxu0QqY/jba9ezr2/FCA+M0QlDfGu1/oS7agyGqvvlmMjo7M9tbZjT9ue+fE"
    "eexSX3C/JvlX87sUIVvL+hCW+0erQMRvygscCa8Hy0IYO4bIj4wyrDNvEfrND/u/1GJKMl"
    "rShdKEReWwRMFkjsHjBWvCTuwUZwQVSHyg8WErK/JwsBk3FP5wENCJKff7e8fOzeFe/548"
    "+9tiHE7LMXogvh6R8of65AC0ENIG3Rvcy2Dm8nZgNIsZ7e8sNTp7apC+9hoSuhWxdEYAaE"
    "oID748813jOHT1hMpUmaS+WoKiXSdJkUPU+7jXydAehvkK9zPMwN5OscY69X4eugahwd/d"
    "HR/6AwD0WNiHaHkmkeHf3H5+iP3NUDRomvA/GIqTwvKzn9vyxx+n+JTv+9mcGRg4kczHGB"
    "3sBG/zTG+aEcXuKOqZUBjUQQ0AzbIanpr4FrjiSeAtPwIhkKyVBDhjcwumVxLc1+EhfDBC"
    "g1EqBgQH2kJnVNqTDWG17EqQjuKaWkinipx1kVVhC8I57GlhiWtNprpss4dTzq0NoVb0fU"
    "tehyUWxtizZI8NJMkTSAPfAOoCzbU7qDqlgOx6LzJiXjYiXemwE3witicGBySHUWMCTA6k"
    "Xs1Upcf08ce88kyUIlYUoQn7cga5GZf03To1WIqw/fLTH6NepYCmG2LGc7OnXgHfYeC0sU"
    "IhpQSXQbMgnYwLDi4r2aZOq9EzdALBFBz2NGKMhE6PdpE5kIx2OTRibCMfZ6FSYCWl8OpN"
    "LD5KYdOeoFe5CqyAblRzhq2w8U3pd4yr2CGTNLdxmPvYvM0mK9tF1Ho/MGXiB5siPE/XRa"
    "AfbTaSHqcCsVuhcOqFmkizk1oQDSaZrTada2VVfrGoigxvURjWtfNHGc7iZ5Wji4rpRq4I"
    "ISlWLzQmmpYLIIaIi2O/4OXHfE5l+jjClkJQ77rhiKEOlW4p/1NhI1lATnbbuBXLcdv+Yy"
    "tx1UOKHCqa+L9DBVD6hwOsZeR4XTk0+yMYZOYt2rCnRSCoFGXvXTgitmH6Omq1FcBGPW5p"
    "Fz0Puw2yGr146eGpcZgQfAAVR6gFhNm0pMZHQYt29XoT8MLsDLc60onHoTMo3m3p5p79rn"
    "oWPQTgzaOR7XK+o4dk6WhmIdfyiAOv7mOn5xC56/BuyRBOLeHHd0FX9a/PV821ZJDlA937"
    "Q1XA+NA6f+5DZXzXqQhyKIeTPMd44NHwGbN9jN5Mnitqb2tiaE0V6tGM1Zacs+gBxh/BSa"
    "fQrsztjtaM4hv9yLLJJCSkMNJzLGVaeZQS4piS5k/bG/Zc2uK8My2KZRN6dEsZ/71s89IS"
    "jJfNgFroLhPaWMqMTjpSpELQfvN5uIJcGxyMqxt76zGzBOxBJcGA05eJgCjlJL9UqnP7aj"
    "WuTzt1cZUZk4FZJnYupcU66AC6B4+W3EelII24nJWiGqubYdg2/EvY0Yk85OdQSmXLStEP"
    "HrGJry3YIPbr50dVHXnFExrsENkVGqP1fAm1H6IXK6Y55/IVQLEaNtlxNDZ9JfcafyDWvi"
    "BdhloONk3W3lJk814ndnu/GUcyM2Y6TmwRj0kK52PMQlpKsdY69XoashVwIjNQ8tNhdGaj"
    "4IzGhsLpnmMVLz+MxvSN0+0KqYfx6tCni+NAJfOdhtkyC3CHJlkJEv320cctA01lkgg/I/"
    "tTT2DedDr42+30ydQKJxETzEZHbXg407fiD2bPsTM1oG0TLYuWXQUM1JrlnQ8FhjZTbBoE"
    "il6AWaaukGDDgvOOZCduZCjCuD6u9KbGpR7E6Dg7FME8M6P3xB6y1UiV/gbpfiDkYwQJPQ"
    "QHZiAzUOoEnoGHu9ikkI1WAYwWBcQPubigzIhUfXSAAd7POS4wRbv1rjNi40wmHbfnDS1L"
    "a6js4rR/Tw6q/JH8OY/kvXMLlhsRNo9k9PYLDrRCnmkRNrB0NIiY3wW2g/2KaP2b1qujlY"
    "/9m01UKTdFIwhfYKJEelrvl49fX8cka+XM8+XNxc+KM+3F/Km3ApcpS4np1dZtIbSYJtLa"
    "BjMg0x7tuY7hjkJWV5nldlnj+BCLr9DCOS6dcdZFOb5OgD/TtKmULQjco8qhG8Bf67aXMZ"
    "bpSAO/wWqiFeHUGKH2k657ZDM4x+73kK/ATarvwp+feoSURNYk/Xm4HqlFCTeIy9juTyJ1"
    "drIbkcyeVILu92ekByOZLLkVw+pFVxZZi0tko2ITRCmKevX1fAWZQqCVH7Oo20X3sG5rLg"
    "QZHMmCxrBw4b1CRqEwZr+lnU2Uadvn5T6zgTSoxgw9J9POadIdbPBiqCpOQIVQTDVQlkNU"
    "EYUfdQu8+e2EDOqGNom0mODcS/o5TZQNSozGM2kGLwH7c31LIKFK6xubv0nPXVH4z9tQm0"
    "ctgvtgE0yFI67uSknWzP4aOqgbBffIToduKFKFrk1KoVpDwmgr6IQ1rMfv9/wFijyQ=="
)
