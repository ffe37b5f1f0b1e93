from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE `operation` DROP INDEX `idx_operation_noun_2a13df`;
        ALTER TABLE `event` DROP INDEX `idx_event_noun_182386`;
        ALTER TABLE `attempt` ADD INDEX `idx_attempt_state_c9b5e7` (`state`, `id`);
        ALTER TABLE `dataset` ADD INDEX `idx_dataset_project_2c86ca` (`project_id`, `name`, `id`);
        ALTER TABLE `dataset_version` ADD INDEX `idx_dataset_ver_upload__7058a8` (`upload_id`);
        ALTER TABLE `event` ADD INDEX `idx_event_subject_311963` (`subject_id`, `project_id`, `sequence`);
        ALTER TABLE `model` ADD INDEX `idx_model_project_612a9f` (`project_id`, `name`, `id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_lease_u_b0c3a5` (`lease_until`, `subject_id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_subject_cdc255` (`subject_id`, `project_id`, `id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_project_7dad94` (`project_id`, `state`, `id`);
        ALTER TABLE `project` ADD INDEX `idx_project_name_ac0914` (`name`, `id`);
        ALTER TABLE `revision` ADD INDEX `idx_revision_model_v_924815` (`model_version_id`, `state`);
        ALTER TABLE `serving` ADD INDEX `idx_serving_project_4fb68f` (`project_id`, `name`, `id`);
        ALTER TABLE `sighting` ADD INDEX `idx_sighting_kind_30485f` (`kind`, `gone`);
        ALTER TABLE `sighting` ADD INDEX `idx_sighting_gone_0696d5` (`gone`, `updated_at`);
        ALTER TABLE `upload` ADD INDEX `idx_upload_state_1f7f02` (`state`, `expires_at`);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE `upload` DROP INDEX `idx_upload_state_1f7f02`;
        ALTER TABLE `sighting` DROP INDEX `idx_sighting_gone_0696d5`;
        ALTER TABLE `sighting` DROP INDEX `idx_sighting_kind_30485f`;
        ALTER TABLE `serving` DROP INDEX `idx_serving_project_4fb68f`;
        ALTER TABLE `revision` DROP INDEX `idx_revision_model_v_924815`;
        ALTER TABLE `project` DROP INDEX `idx_project_name_ac0914`;
        ALTER TABLE `operation` DROP INDEX `idx_operation_project_7dad94`;
        ALTER TABLE `operation` DROP INDEX `idx_operation_subject_cdc255`;
        ALTER TABLE `operation` DROP INDEX `idx_operation_lease_u_b0c3a5`;
        ALTER TABLE `model` DROP INDEX `idx_model_project_612a9f`;
        ALTER TABLE `event` DROP INDEX `idx_event_subject_311963`;
        ALTER TABLE `dataset_version` DROP INDEX `idx_dataset_ver_upload__7058a8`;
        ALTER TABLE `dataset` DROP INDEX `idx_dataset_project_2c86ca`;
        ALTER TABLE `attempt` DROP INDEX `idx_attempt_state_c9b5e7`;
        ALTER TABLE `event` ADD INDEX `idx_event_noun_182386` (`noun`, `subject_id`, `id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_noun_2a13df` (`noun`, `subject_id`, `id`);"""


MODELS_STATE = (
    "eJztXWtz2zqS/SsofbKrOClHjnOzydRU2YlmxjtOnLWdm3l4SqJISOKaIjQEacV19/73RY"
    "Pvp0mFlEmqP8km0QB4AIJA9+nu30ZrplOTvzp3HLreOKP35LeRpa6p+CN9SyEjdbOJbsAF"
    "R52bsqwaKzTnjq1qUNdCNTkVl3TKNdvYOAazoPC1Rcl3Zj8sTLYlbEFUIgQMy7CWr8itoz"
    "qUvydc/gaNy6sfiO1ahFmaqNKij9Qmmk3FdZ04W0Ojr6BxnWmidVFTi+3cW/fWbCvqnRGD"
    "E2dFif/0ZLtinBLmOhvX4cRwyNw1TJ2LusiRIa6wrUUsdz0XVW5X1JIl6FK1yMJma1mT6I"
    "7tHIsmZhozTaqJVmfvRbcNgaRCNjZb2pRzolq6QtSFIyrirqaJS4oUlyNDttSmRHRZdJjJ"
    "y9TSJTquZfzHpVOHLam4bAuM/vWvUYDJ1NChjNe/0b//Lf42LJ3+oBzK/TZaGFQ8C/w9Cv"
    "sGAkIMytIfG+iaGGJZBi75E8lyTRPmytNGTpWRLCxalf/8rpBE1XI8mq9260+DqfuT9ULB"
    "zcNUVp14Wzz05PVpIPtxpdp/liVhas6nAjd3bUWlN0/OillhcTFz4eqSWtSG+RZ7g6BT/r"
    "sWXPIGcwSzw6XhYOnRBZ0uVNd0okcSPYiujabTL9d309vJ3XQ6yryjgUTsdfIvaQIxOWUc"
    "Lp9/rf6YmtRaOivx7+u3v3vtRDh4paDBX89vPv71/Obo9dtjaJCJRcJbPL74d8by1u+yCt"
    "VRp9H4RTD7r+JUdbJwfxJ3HGNN8yFPSqag133RV8EfuwxEcCEaiWgB3MdQwCt/bZlP/hQo"
    "GYq7y8+T27vzz1+huTXn/zElfud3E7gzllefUleP0sMWVkK+X979lcC/5J/XXyYSXsYdWK"
    "oS5e7+Ce/lSHUdNrXEu6jqsdkaXA1Qk29wMOruRt9x1JOSOOpdGfUAo9iw+72PRl187v5X"
    "fGam9ZbWpFQzS+xLj3Eri2wEdGoLUBXplBhCXQFqf3uVQfnScvJBjgRS+Ioe9xHfJXTiD+"
    "PXb3558+707Zt3oojsaHjllxLIL7/cpfCEjV0NNIPiiGUOlvL0MBUHHtgW11wL8mRxQaiw"
    "IIQHnqpIhwIIbwV4w4OfvFAD5ozgAOF+e1oB7renhXDDrQK43XrLR1puf2CPRvuB+k0VqN"
    "8UQ/0mDfWacq4uc+b0Hf1R8PWLiQwA4LKTzuTvd4lDTgDk0efzvx8nDjpX11/+EhSPAf/x"
    "6voiBfjcZNqDOErOn7KY//ft9Zd8zJNS6QOooTnk/4hp8Cr7D/+k3JW1pAR/gKMc/zTUSv"
    "L0CBWk8ae2zXJ2zsXQhwKI+u6oi1vQ/xqwRxKI++64b1Ubzta8DvJxmZ/CfreF/o8L19IA"
    "V2n3cAyLv4L2/vQCH4BWhkQaZ3bSQiYlG9BC9ufl6LjSMatrXhiWwVc7DXNKFMe5y+OcMG"
    "ImR/mCMZOqVoEdKS6XGuK5EGxreQ2v7HdcL66vrxJDenGZ3it/+3wxEcdyOZaikOF4Ojip"
    "XwJ76eIhZsqDC3NVexDfKn2aucPGrKhs9tZ6vE5fUS1xvtH954Sn8kkM4r1VOc3lNwS3lD"
    "J+gx4r9Cy/4ZxAEzqR0h8IWP59xRgnqk2JsV678l6WslBPNNeen7R/yIctNeYnyzdrds/p"
    "y8+3gSZ4NMF3Vb3WT2MsmuAPcdTRBP/ii2zMLlzTPDFgq8Trk5Mq6J6cFMML95L4xnuWgb"
    "lYY54SQ615ba15sH3Nol5opI+L7M9Qf9LW5G7YSt8Hg/HoZnL+6R9tTeE21uJunVN/9d6A"
    "UfFxNSihVDi1BrSMiqdXKzpleudQ4K8DjfwRphTNcOeTPZI3cw62TdWae+YNHrQ6hb3NU2"
    "9LHHZ3YzJVn+LpufOLiYKn5wM6R+Hp+RBHvcrpuQ9btd4trRG8Phy5R7rCw0VSaH/Hi9c9"
    "OV6wOaf2o1hwdkK3QBpPcRmuNbL39quHQPbey5JnUJO8p69i8ixcFeikFAKNrlx7/yRG+o"
    "0a8zYhhNO2wrRdGCat7Q2TEBogzOOzswo4i1KFQMt7qa207FQtBm9MpBsEXmh2MATeIH5K"
    "dkT+LFaRglU7LpQakwVItXaSedXWWaYE9k/X3y6uJuTrzeTj5e2lPwShSkXehEsRy+9mcn"
    "6V9hhg2xyEL4xl4YcxkNjps9ixfbX/Vfyv8fj09Jfxyenbd2dvfvnl7N1J+HnM3ir7Tl5c"
    "/gU+lYkJn/12eljWMbLGJAYEe2ObkfmTQ2vO4lBkQHjueRpz5toane4AfloSx2DnMVip47"
    "O3tbTWocQA9FJtu+36E3UHlNOCCPazYIu9G5xc6uzAYyKo7kNn3e6j3hXmkm0s8v1r5A2l"
    "lKcUFqkUO5TNQScM/KHtytBWBI4PEBKTaKbLISambnBVwCTEF8wmKicms5bw66zoE9HZK/"
    "I3MSFiXCNoHy7lxxBtsT0ZS9Q1dD+UqOpAnFJgRfltGh5Hym9IIaL6oIDomBQwoDnukCMI"
    "QfoEgUVtSiy4vVX5vWVTjdk61Y8/kJnFXGsmez7j7txXrM+CsKV+i1CjQpKVzZn+RB4s8d"
    "yvyCzSyUOv7y2vqHxy6b3EN6oW9c1ixBfwei4uga55rvISPteDwAZuhtUF/0gJYEDtjduF"
    "fCnkS3VVhdlP5gzypQ5x1IfnbbSnU1HzFqDg61oV4KD8AO0+b6q4Gr0p9jR6k3E0SmxZ6n"
    "hzhUKDm8HNh5lDb7mY5bIKuqJUieUyg2/N6H0YtK+qQio86Vbm5QQCA5y6zX/ZxNaI13Pw"
    "jCQGMHv3zakEfUKtZdgvPwCoWw8LHOpnatkIElII87MwqzrbeGrIDMqlQaASchgE6pkgUM"
    "klWupldsA8JYmo10B949pLugPmCTlEvB/BziaP1Mo1xXg3lDJTDA2LVDLFmAbYRzyLxIJS"
    "3Uuz5mtkPpAZp2LMLY3OyEqVtoCluvFsJzIfmq1TG4wEGluvDcf7P98G01ZDFUKoBVWXGx"
    "1Sn96CGhQ0RHR7a4CGiMNRSaMh4hBHfXiGiN4tsrFjbvBlzG5Ly8ieMakhuVLtmekpMasx"
    "v4PyA5zZLdiBOq8b6/Oy0SvtWI+BZhs/ikNNqNNyqIp8FmqMCFGyf2zKetERDc1nKj3Bc1"
    "Q0/h2lTEezjso8q6T5vmJkrQIJlWwlI9OK1Cbvic1MSq6/f5ncKGTy6fLu+gYYpr9eTr5P"
    "brJ6mJ+sq4qqxVuhK2laUmoWVK10falD1crhHLJRtXKIo46qlRdfZDNnpB0OSEOFePyuCs"
    "bjd8Ugw710sIM8m2oxxEH5IeI7pEDcn+FnlLdBlzfK9+dhkcqpoqTIB0JVbUW4q2liF7tw"
    "TaI6DnhXec5UEnguHa0Mh4gVl4vttx/auziTVCM1Y6KpER4L8FjQoZW3nxtEPBYc4qjjse"
    "DFF1l0nckDFxNN9Vydj4mmMNFUzxJNYQKDFqZtl5QGJbm7EveVZ1UI9fJ2fYeTvJp3xl+r"
    "On1PuLG0VMe1hSh9VE1XTiFFUqQhWAwEvSJbw1lJwrQXZSzPBNhOI7kKBg+EbuT0ivel2Z"
    "pTSdpaaUO+bmII0VDahw8EakQO52yMGpFDHHXUiLz4IpvanNWEOS6DIGOylL0fzuM7uhrz"
    "NiWGU7dKjADvhFMT6aQUAl0jc1XyJFQV8HxpBL7KDDeXzBan8nWtCR4XGiDMzbsErUQV9k"
    "a1xb+OmKRZsIujY+eIYn6gchPCbvmBBDy13oKYyADfgdNxhXfgdFz4DsCt1L5FtZe0Fikx"
    "khggwK3kHetHBo+9Ydx8FL+9JwfqHMAv4q+cn8qjPGnhQOd0K1xmsbewDa12bsiU2ADRbv"
    "4z6GMGJrIcrEuyEaYFd8xI2J88KU1kJAytknW23Amh/W+2XwbtdnIBhZbgOvgnpXAA+pkW"
    "6DoIBDDK4UNEN5UyMgRLFHuWCHEH2XFcZ85+EGo59pMXKm7tOrKOV+RWJuEJk/GEnZDXs5"
    "SHn6tOJvh5pPZ8Ro4+iqXpbqKQb18/yd9Pk6sJ/H48//JxcqWQm8ndzT8Ucu+OT8Zvj708"
    "PV7KHkmZSOTs4epTlI2IOOzeMhl7ICrEwosYQjO/zNbgK+i34bwiM92lU9WRGYe2K+olGL"
    "KpKSoE525HfaCinEJmJlU5UDIeqJc0SDyId8m1HMOUaYNksD1ZqZjaAh0/jZGXnchYA0hi"
    "DEW9lrGg3PGgs13rD8ySKYIExAKh2UL8UnsjEI9qEDXLLktP861oRuUPVCeuBZH8ZoZO1x"
    "smmtSepg/0aVZMIrEhVhAHI+j8CQqlJMsZJR5UnliTfIwYjvLjFQUmac0nps26Q+Jfs42U"
    "hVREIksPNMxIZDkcSgMSWQ5x1JHI8uKLbMIDYl4H4qA8gluFwILx/DCeX++BRo+TA3WU6v"
    "GcTZ/gq6Kclhsi2G2YgdIakhqQ54juhHrHzBN7AD2mAqtn4kyIDcBtuG3bvWg9z3Zf+PEL"
    "y6ODcDaV08LlqlkHzbgIApoGNFI319GNRFIN6EU6tvL2Vw2S1X7F7Cl1lviU2OCW+ObJFS"
    "nrSp13KSWKL1SXXyjP5pgd4mJOQSTxU3yC/oxpK3wO5qldaiaJTkoNbhlrfqdqqtyZUttm"
    "OW5zxYGEklIDgLlsxWojjtDcZNpDgbKheGVJSuHqsvvqom42prGTkTApid/uLn+7OXUcc6"
    "dRTkriKHdtlDtCPPxqU1h2mf2VJRk+efeVMvrhJig53fhFK4R1FkUl280il9aC2pCt7pba"
    "j4ZGicoJfKQJp9T6QGYmU3Wqz8gaEtbewTygugwUBelT0sKj1BRqr6V7CwDjxGEeS/Do8v"
    "aawBt1LOl50OrCsKFy1dC9MNKGA+Q9IDI8yVjSoty6iJhXxrpLMb2Cjk25jwESv9raxCLx"
    "CylASPzCUd/p84/ErxfjJsGXeqPmpdEtD+wcCg0Q5renVRQyp8UKmVMMnV3it14FXVGqxG"
    "89g29NhWKjmsQObcKa1yRmt9B1trp5wgOc0s2vF/IklIX6gjGTqlaRgdyXSSE8F0JtQRxe"
    "2a824+L6+iqxk7m4TKtnv32+mIhvocQ88vDNYyKoPI/SWEYOCyQGoCJve/3A1MQlm/I2bB"
    "BiD+6otlOPWROJILMmvUB4qq86Bp1IAgNtNW7jYXPYS+ykEEiJov6/OwqAjun/pRphlKv6"
    "Z0Ga0zKtf1Sogr7/b+6c2hZ1KCfhwdpz21fJI0xeKv35VSLDVDrMppnIAX63CsIQtNNETc"
    "08JlbskX4IlfCHo45FJfwhjnoVJTw6p6FDZd8cKsM9/k7oFkjjoTgNM6p1SpZ5pJYOj1qK"
    "BrwWo9s7hlMvPG8oMICVJGUdrZRYeFySWHiMiYU7s2p3hV3RIRVF87ZST4E13SGyeloSA6"
    "zn2VorBVjXNu7UNNZGjoKgEP6EzJCwb3CbvWb2kwfSLhM8X35IUO87jwAVu2kO0WGsvEW9"
    "bCwyooM5Ve55DMLvY1030ozgAHY0bfA3OmKGu6GPRlE69PCeUmaIs+OlnrXEXVuUeJ7Gnk"
    "+KVAVxBTxcPK2QIl1TVPkfhJ9Om8iCThWY4RquX4YH9z2jAZ2ZZ9oT8gn/nKNbMbKTT8fQ"
    "TJ6jz9GnyafLj+d3osgHUWGGsjeTPjsZse2KcenKw8na5Y6omm+pLR/AcIpDavuPViMze0"
    "sBor0srMmEf15TaJ1sa3VC6yTaqdA6iaP+/Kiji9CLL7Jxf/v4N7uyLTghhUBjovO9a096"
    "ZWDvEa6wd66zFATlcRGosAjkHUzqAJ2WRdArgB47RtfBOyU2QKibt9ZgBDj02xzu7EbKZM"
    "vx/NFZE501h8MPEd00bKpPbboxDU2t47SZJzoYi2LDzpu74JsjifCm4cWAm0N1xcx5ieoP"
    "ckIQx7hrY9wRO/+ttqJr9VdPazHKMfYnCyhlFn8uiwYqEFn2Wbv/d5nnWlbBwUR++z9Xhk"
    "PJwjBlKun3iZzS8LfXrmfEX4sZHli8E9b+xmp93s+20Oocg6HqfjkmMjj7c1Mb5rT9uSvv"
    "kWdxyX2D/Fvl706sUAW3dWjCm60e94MTP9otsCY853JI5S4bIv60ylBa/I4VOq4334ikza"
    "QVpTOFyGuzgC6jkIgWI13jZ8FGcEZUm8oXdmvw1QcyEzAZj3QacI0gC/29BfeDK17/4/1e"
    "MoiNe3QihhB6/0SdYwVaCGoAabjhhcblsiWqg4yHAiS+T+//4RFSe9aZ13MYVxjjGRGiQE"
    "EK2Eb+wuM9QNhdqFwTc8x+mm6orVHLEaicQOOvT06OoTsgxFcAg6gh/lyyv7HnECsWJzIj"
    "ih/gd2OzNRNrx73FbGIz0xRPBZOfHMFcfu+XshjxOqDIB5hTjUlik9dPGVLYK+g977EYBL"
    "/D0aMKweg5uGFpVAAUiHrRh7cqV5KQFPOWkmZj+XaVspYazTifoi7l9KXxNvIsCRi5oQe6"
    "MuRGHQ5LBrlRhzjqVbhRaIbAyA0YuWGvMPdFZYs2npJlHiM3DC9yA/KE95hKoA7EA6ZNva"
    "4UxeF1SRSH1xjFoTMrOPJdke86LNB34EO8DBGiL4eXuKdxZUAjEQQ0wyxJWlVq4JojiafA"
    "NLxIPEPiWZ/hDQx9WVxLU+TExTBLTo0sOZh1Ybg0sEQYr4Thv8aqlRXcadHq2NA2vWylaA"
    "o1V68caVzEaixicTZI3VUsLYvLWNeWsa6w8Izlyimi4QX3lFIeXrzU80Q8KwgqFU/ZTgxL"
    "0rQ00+UOtT226dIVT0fUpRhyUWzJRBskeGjuca22wOCS/K4tpRuoiufQ8lpvUpL0FuK5+U"
    "zy37wU8ZI/Bu0CqQ6M94QtFuL6B2KzLZe8PJWE6a98dpusRWa5N02PoCauPt1bYvZr1LYU"
    "wpnHt7N1asMzbD3irihENGAf6gyy5jAg5TriuXbJffMgboBYIrKrRyJTGqNsBY0smdVovb"
    "I+JcEHQRpYg1sMpIF15QvYU0IQ0sAOcdSr0MDQ9L0newqmH2/JIz3Y1FRFNig/wFnbfNqN"
    "rmQn6BTMzccEQV5MlN3krAq6olRxdpOzDL7ie8lcW6PTHdwd82QHiPvpuALsp+NC1OFWKh"
    "A+HKuzSBcTGkMB5DLuzmUMzuI1lMaBCGqKn9EUd0V/6NDNKE93CNeVUr1hUKJSpHsoLdVi"
    "FgG91nrjvAdfTrH51yjnClmIw74rpiLEjZf4Z91qRQ0loe6bbiDXL9OvucwvExVOqHDq6k"
    "e6n6oHVDgd4qijwunFF9kYPTLx3asKdFIKgUanlpcFV6w+Rk0/z7gIBmfPY0ai63e7U1av"
    "HSY8LjMA96s9qPQAsZo2lZjI4DBu3q5CfxiOAC/Pr61w6U3IILszzwkIo1NjdOrh+L1S22"
    "Y56YiKdfyhAOr4d9fxi1vQ/xqwRxKI++64Y5yOl8Vfz7dtlWTU1vNNW/11j9tzIm2HOapZ"
    "D/JQBDHfDfONzeAl4NMddjN5sritqb2tCWFkiwWnOV/ashcgRxhfhd1eBf5gbDY055Bf7s"
    "IbSSGloYbzG3dUezeDXFISHd+6Y3/Lml0XhiVjhe8wzClRHOeujXNHCEp3gGiBg2N4Tykj"
    "KjnxUhXSc4DPHiPik2BbZGGzte+iB4wT8QkuDPsfdKaAo9RQvdJVkW+oFnkqblVOVC5Ohe"
    "RILJ1L6ijguCgefh2xnhTCN2KxVohqLpltOCtxbyXmpL1RbYGpI9pWiPi1DU25t+CFm85d"
    "XdQ15VTMa3Ce5JTqxwr4YErvSYduuOcVCdVCagTmOsTQufSy3KjOiu/iu7i/SPahIarZRv"
    "zhbDaYfW64fAyT3xuDHtLVDoe4hHS1Qxz1KnQ15EpgmPy+BUbEMPl7gRmNzSXLPIbJH575"
    "Danbe/oq5p9HqwKeL43AV440vkuEcQS5MsjIl283CQRoGut8IIPyP/Vp7BrO+/42+n4zda"
    "I4x0XwEJPZXfc26cOe2LPNL8xoGUTLYOuWQUM1R7lmQcNjjZXZBIMilaIXaKqlGzDh/JzT"
    "cjBnYl4ZVH9fYlOLIo4aDhjLtJWf9TkTvqDxFqrEL3DXc3EHIxigSagnO7GeGgfQJHSIo1"
    "7FJIRqMIxgMCyg/U1FBuTCo2skgA72eZnJgq1frXkbFxrgtG0+OGlqW11H55Ujun/11+iP"
    "YSaCuWuYjmHxV9Dsn17AYNeKUswjJ9YOhpASG+C70HywTR+zR9V0c7D+s8nUQpN0UjCF9g"
    "IkB6Wu+XT97eJqQr7eTD5e3l76sz7cX8qbcClylLiZnF9lcstJgm0toGMyO2LctTndMshz"
    "yvM8r8o8fwIRdPvpRyTTbxtIZTnK0Qf6d5QyhaAblXlWI3gH/HeTOTLcKAF3+DVUQ7w6gs"
    "RE0nTuMJtmGP1efwr8BJquvEP8+5DOKOozRIWY26cPRztUVB6OygoVlYc46shdf3GtGXLX"
    "kbuO3PV2lwfkriN3HbnrffoqLgyT1tb4JoQGCPP47KwCzqJUSQTcszTSfu0ZmMtiE0UyQz"
    "Lc7Tkq0S5BoTAW1M+izlfq+OxtreNMKDGADUv74Z5D/V4G4nIVQVJygCqC/qoEspogDNi7"
    "r91nR0ws59Q2tNUox8Ti31HKTCxqVOY5E0sx+M+bM2pZBQq/sbm79Jzvqz8Zu2sTaOSwX2"
    "wD2CEJ6rBzn7ayPYeXqgbCfvEBotuKk6No0aFWrRjoMRF0dezTx+z3/wdGx+jz"
)
