from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE `operation` DROP INDEX `idx_operation_noun_2a13df`;
        ALTER TABLE `event` DROP INDEX `idx_event_noun_182386`;
        ALTER TABLE `attempt` ADD INDEX `idx_attempt_state_c9b5e7` (`state`, `id`);
        ALTER TABLE `dataset` ADD INDEX `idx_dataset_project_2c86ca` (`project_id`, `name`, `id`);
        ALTER TABLE `event` ADD INDEX `idx_event_subject_311963` (`subject_id`, `project_id`, `sequence`);
        ALTER TABLE `model` ADD INDEX `idx_model_project_612a9f` (`project_id`, `name`, `id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_project_7dad94` (`project_id`, `state`, `id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_lease_u_b0c3a5` (`lease_until`, `subject_id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_subject_cdc255` (`subject_id`, `project_id`, `id`);
        ALTER TABLE `project` ADD INDEX `idx_project_name_ac0914` (`name`, `id`);
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
        ALTER TABLE `project` DROP INDEX `idx_project_name_ac0914`;
        ALTER TABLE `operation` DROP INDEX `idx_operation_subject_cdc255`;
        ALTER TABLE `operation` DROP INDEX `idx_operation_lease_u_b0c3a5`;
        ALTER TABLE `operation` DROP INDEX `idx_operation_project_7dad94`;
        ALTER TABLE `model` DROP INDEX `idx_model_project_612a9f`;
        ALTER TABLE `event` DROP INDEX `idx_event_subject_311963`;
        ALTER TABLE `dataset` DROP INDEX `idx_dataset_project_2c86ca`;
        ALTER TABLE `attempt` DROP INDEX `idx_attempt_state_c9b5e7`;
        ALTER TABLE `event` ADD INDEX `idx_event_noun_182386` (`noun`, `subject_id`, `id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_noun_2a13df` (`noun`, `subject_id`, `id`);"""


MODELS_STATE = (
    "eJztXWtz2zqS/SsofXKqOCnHjnOzydRU2YlmxjtOnLWdm3l4SqJISOKaIjQEGcV19/73RY"
    "Pvp0mGlEmqP8km0QB4AIJA9+nu3yYbplOTvzx3HLrZOpN35LeJpW6o+CN9SyETdbuNbsAF"
    "R12YsqwaK7Tgjq1qUNdSNTkVl3TKNdvYOgazoPC1Rck3Zj8sTbYjbElUIgQMy7BWL8mtoz"
    "qUvyNc/gaNy6vvie1ahFmaqNKi36lNNJuK6zpxdoZGX0LjOtNE66KmDtu5t+6t+U7UOycG"
    "J86aEv/pyW7NOCXMdbauw4nhkIVrmDoXdZEjQ1xhO4tY7mYhqtytqSVL0JVqkaXNNrIm0R"
    "3beSGamGvMNKkmWp2/E902BJIK2dpsZVPOiWrpClGXjqiIu5omLilSXI4M2VGbEtFl0WEm"
    "L1NLl+i4lvEfl84ctqLisi0w+te/JgEmM0OHMl7/Jv/+t/jbsHT6g3Io99tkaVDxLPD3JO"
    "wbCAgxKEt/bKFrYohlGbjkTyTLNU2YK49bOVUmsrBoVf7zu0ISVcvxaL/anT8NZu5P1gsF"
    "tw8zWXXibfHQk9dngeyHtWr/WZaEqbmYCdzcjRWV3j46a2aFxcXMhasralEb5lvsDYJO+e"
    "9acMkbzAnMDpeGg6VHF3S6VF3TiR5J9CC6NpnNPl/fzW6nd7PZJPOOBhKx18m/pAnE5JRx"
    "uHz+jfpjZlJr5azFv6/e/O61E+HglYIGfz2/+fDX85ujV29eQINMLBLe4vHZv3Mib/0uq1"
    "AddRaNXwSz/yrOVCcL90dxxzE2NB/ypGQKet0XfRn80WQgggvRSEQL4D6GAl75a8t89KdA"
    "yVDcXX6a3t6df/oCzW04/48p8Tu/m8KdE3n1MXX1KD1sYSXk2+XdXwn8S/55/Xkq4WXcga"
    "UqUe7un/BeTlTXYTNLvIuqHputwdUANfkGB6PubvWGo56UxFHvy6gHGMWG3e99NOric/e/"
    "4jMzq7e0JqXaWWKfe4w7WWQjoFNbgKpIp8QQ6gpQ+9urDMqXlpMPciSQwlf0eIj4rqATfz"
    "h59fqX129P37x+K4rIjoZXfimB/PLzXQpP2NjVQDMojljmYClPDzNx4IFtcc21IE8WF4QK"
    "C0J44KmKdCiA8FaANzz4yQs1YM4IjhDuN6cV4H5zWgg33CqA2623fKTl9gf2ZLIfqF9Xgf"
    "p1MdSv01BvKOfqKmdO39EfBV+/mMgIAC476Uz/fpc45ARAHn06//uLxEHn6vrzX4LiMeA/"
    "XF1fpABfmEx7EEfJxWMW8/++vf6cj3lSKn0ANTSH/B8xDV5l/+GflPuylpTgD3CU45+GWk"
    "meHqGCNP7UtlnOzrkY+lAAUW+OurgF/a8BeySBuDfHfafacLbmdZCPy/wU9s0W+j8uXUsD"
    "XKXdwzEs/hLa+9MzfAA6GRJpnGmkhUxKtqCFHM7L0XOlY1bXvDQsg68bDXNKFMe5z+OcMG"
    "ImR/mCMZOqVoEdKS6XGuKFEOxqeQ2v7HdcL66vrxJDenGZ3it//XQxFcdyOZaikOF4Ojip"
    "XwJ76fIhZsqDCwtVexDfKn2WucNOWFHZ7K3NySZ9RbXE+Ub3nxOeyicxiPdW5TSX3xDcUs"
    "r4DXqs0JP8hnMCTehESr8nYPn3FWOcqDYlxmbjyntZykI90Vx7ftL+IR+21JifLN+u2T2n"
    "Lz/fBprg0QTfV/XaMI2xaII/xFFHE/yzL7Ixu3BN88SIrRKvjo+roHt8XAwv3EviG+9ZBu"
    "ZijXlKDLXmtbXmwfY1i3qhkT4usj9D/XFXk7tlK/0QDMaTm+n5x390NYW7WIv7dU791XsD"
    "JsXH1aCEUuHUGtAyKp5ereiU6Z1Dgb8ONPLvMKVohjuf7JG8mXOwbavW3DNv8KDVKexdnn"
    "rb4rDjQRcPun3dsQ3zyIMH3UMc9SoH3SHsqga3tEbw+nDknr4KzwFJof2dBF4N5CTAFpza"
    "38WC0wjdAmk8cGVo0Ui026/KAIl2z8tzQaXvnr6KyWNrVaCTUgg0el3t/ZPobk2m6jXnbU"
    "IIp22Fabs0TFrbcSUhNEKYT87OKuAsShUCLe+lttKyU7XItjGRfnBtodnRcG2DUCfZEfmz"
    "WEUKVu24UGpMliDV2UnmZVdnmRLYP15/vbiaki830w+Xt5f+EIQqFXkTLkWEvJvp+VWa3M"
    "92OQhfGKvCD2Mg0eiz2LN9tf9V/K+Tk9PTX06OT9+8PXv9yy9nb4/Dz2P2Vtl38uLyL/Cp"
    "TEz47LfTw7KOPTQmMSLYW9uMLB4dWnMWhyIjwnPP05gz19borAH4aUkcg8ZjsFZPzt7U0l"
    "qHEiPQS3XtYetP1AYopwUR7CfBFns3OLnU2YHHRFDdh361/Ue9LyQj21jmu8LIG0oppSgs"
    "UinMJ1uAThioPru1oa0JHB8geiXRTJdD+Erd4KqASYgvmU1UTkxmreDXWdNHorOX5G9iQs"
    "RoQdA+XMoP99lhezLsp2voftRP1YGQokBg8ts0PDqT35BCRPVBAdExKWBAc9whRxAt9BFi"
    "gNqUWHB7p/J7y6Yas3Wqv3hP5hZzrbns+Zy7C1+xPg8ijPotQo0KSVa2YPojebDEc78k80"
    "gnD72+t7yi8smloxHfqlrUN4sRX8DrubgEuuaFykuoVw8CG7gZVhf8IyWAAbU3GhbypZAv"
    "1VcV5jCZM8iXOsRRH59j0J5ORe1bgIKva1WAg/IjtPu8ruIV9LrYKeh1xicosWWp43gVCo"
    "1uBrcfEQ4d22KWyyroilIllssMvjUD7WF8vaoKqfCkW5mXEwiMcOq2/2UTWyNezxczkhjB"
    "7N03pxL0CbWWYb/8CKDuPIJvqJ+pZSNISCHMT8Ks6mzrqSEzKJfGa0rIYbymJ+I1JZdoqZ"
    "dpgHlKElGvgfrWtVe0AeYJOUR8GHHJpt+plWuK8W4oZaYYGhapZIoxDbCPeBaJJaW6lxHN"
    "18i8J3NOxZhbGp2TtSptASt169lOZOoyW6c2GAk0ttkYjvd/vg2mq4YqRDsLqi43OqQ+vQ"
    "U1KGiI6PfWAA0Rh6OSRkPEIY76+AwRg1tkY8fc4MuY3ZaWkT1jUmNypdoz01NiVmN+B+VH"
    "OLM7sAP1Xjc25GVjUNqxAQPNtn4Uh5pQp+VQFfkk1BgRomT/2Jb1oicamk9UeoLnqGj8O0"
    "qZjmYTlXlSSfNtzchGBRIq2UlGphWpTd4Rm5mUXH/7PL1RyPTj5d31DTBMf72cfpveZPUw"
    "P1lXFVWLt0JX0rSk1CyoWun7UoeqlcM5ZKNq5RBHHVUrz77IZs5IDQ5IY4X45G0VjE/eFo"
    "MM99LBDvJsqsUQB+XHiO+YYmZ/gp9J3gZd3ijfn4dFKmd1kiLvCVW1NeGupold7NI1ieo4"
    "4F3lOVNJ4Ll0tDIcIlZcLrbffhTu4qRPrdSMOaEmeCzAY0GPVt5hbhDxWHCIo47HgmdfZN"
    "F1Jg9czAk1cHU+5oTCnFADywmFCQw6mLZ9UhqUpNlK3FeeVCHUS7H1DU7yat4Zf6Pq9B3h"
    "xspSHdcWovS7arpyCimSIg3BYiDoFdkZzloSpr0oY3kmwG4ayVUweCD0I/1WvC/t1pzKp9"
    "ZJG/J1E0OIhtIhfCBQI3I4Z2PUiBziqKNG5NkX2dTmrCbMcRkEGZOl7P1wHt/R1Zi3KTGc"
    "ulViBHgnnJpIJ6UQ6BqZq5InoaqA50sj8FVmuLlitjiVb2pN8LjQCGFu3yVoLaqwt6ot/n"
    "XEJM2CXRwdO0cU8wOVmxCa5QcS8NR6C2IiI3wHTk8qvAOnJ4XvANxK7VtUe0VrkRIjiREC"
    "3EnesWFk8Ngbxu1H8dt7cqDeAfws/sr5qTzKkxaOdE53wmUWewvb0GrnhkyJjRDt9j+DPm"
    "ZgIsvBuiQbYVqwYUbC4eRJaSMjYWiVrLPlTgjtf7P9PGh3kwsotATXwT8phQMwzLRA10Eg"
    "gEkOHyK6qZSRIVii2JNEiDvIjuM6C/aDUMuxH71QcRvXkXW8JLcyCU+YjCfshLyepTz8XH"
    "Uywc93ai/m5OiDWJrupgr5+uWj/P04vZrC74fzzx+mVwq5md7d/EMh9+7J8cmbF16eHi9l"
    "j6RMJHL2cPUxykZEHHZvmYw9EBVi4UUMoblfZmfwNfTbcF6Sue7SmerIjEO7NfUSDNnUFB"
    "WCc7ejPlBRTiFzk6ocKBkP1EsaJB7Eu+RajmHKtEEy2J6sVExtgY6fxsjLTmRsACQxhqJe"
    "y1hS7njQ2a71B2bJFEECYoHQfCl+qb0ViEc1iJpll6Wn+U40o/IHqhPXgkh+c0Onmy0TTW"
    "qPswf6OC8mkdgQK4iDEXTxCIVSkuWMEg8qT6xNPkYMR/nxigKTdOYT02XdIfGv3UbKQioi"
    "kWUAGmYkshwOpQGJLIc46khkefZFNuEBsagDcVAewa1CYMF4fhjPb/BAo8fJgTpKDXjOpk"
    "/wVVFOy40R7C7MQGkNSQ3Ic0Qbod4z88QeQI+pwOqZOBNiI3Ab7tp2L1rPs90XfvzC8ugg"
    "nE3ltHS5atZBMy6CgKYBjdTNdXQjkVQLepGerbzDVYNktV8xe0qdJT4lNrolvn1yRcq6Uu"
    "ddSoniC9XnF8qzOWaHuJhTEEn8FJ9gOGPaCZ+DeWqXmkmik1KjW8ba36maKndm1LZZjttc"
    "cSChpNQIYC5bsbqII7QwmfZQoGwoXlmSUri6NF9d1O3WNBoZCZOS+O3u87ebU8cxG41yUh"
    "JHuW+j3BPi4RebwrLL7C8syfDJu6+U0Q+3QcnZ1i9aIayzKCrZbha5tJbUhmx1t9T+bmiU"
    "qJzAR5pwSq33ZG4yVaf6nGwgYe0dzAOqy0BRkD4lLTxJTaHuWrq3ADBOHOaxBI8ub68JvF"
    "EvJD0PWl0aNlSuGroXRtpwgLwHRIZHGUtalNsUEfPKWHcpplfQsRn3MUDiV1ebWCR+IQUI"
    "iV846o0+/0j8ejZuEnypt2peGt3ywM6h0AhhfnNaRSFzWqyQOcXQ2SV+61XQFaVK/NYz+N"
    "ZUKLaqSezRJqx9TWJ2C11nq5snPMIp3f56IU9CWagvGDOpahUZyH2ZFMILIdQVxOGV/Woz"
    "Lq6vrxI7mYvLtHr266eLqfgWSswjD988JoLK8yiNZeSwQGIEKvKu1w9MTVyyKe/CBiH24I"
    "5qO/WYNZEIMmvSC4Sn+qpj0IkkMNBW6zYetoC9RCOFQEoU9f/9UQD0TP8v1QiTXNU/C9Kc"
    "lmn9o0IV9P1/cxfUtqhDOQkP1p7bvkq+w+Sl0p9fJTJMpcNsmokc4HerIAxBN03U1MxjYs"
    "UB6YdQCX846lhUwh/iqFdRwqNzGjpUDs2hMtzjN0K3QBoPxWmYUa1TsswjtXR81FI04HUY"
    "3d4xnHrheUOBEawkKetopcTCJyWJhU8wsXBvVu2+sCt6pKJo31bqKbBmDSKrpyUxwHqerb"
    "VSgHVt685MY2PkKAgK4U/IjAn7FrfZG2Y/eiA1meD58mOCet95BKjYTXOIDmPlLeplY5ER"
    "Hc2pcs9jEH4f67qRZgRHsKPpgr/REzPcDf1uFKVDD+8pZYY4O17qSUvctUWJ52ns+aRIVR"
    "BXwMPF0wop0jVFlf9B+Om0iSzoVIEZruX6ZXhw3zMa0Jl7pj0hn/DPOboVIzv9+AKayXP0"
    "Ofo4/Xj54fxOFHkvKsxQ9ubSZycjtlszLl15ONm43BFV8x215QMYTnFIbf/RamRmbytANB"
    "oO0XDY163MME1IaDg8xFFH751nX2TjrvDxz2llM21CCoHGHOR7V2wMyvY9IFzhEFRnKQjK"
    "4yJQYRGQJ8yGKcbzZBH0CqDHTrh18E6JjRDq9g0pGJwNXSrHO7uRzdhxqH30o0Q/yvFQN0"
    "Q3DZvqM5tuTUNT6/hT5omOxtjXsl9lE3xzJBHeNLwYC3OsXpI5L1H9QU4I4hj3bYx7YoK/"
    "1dZ0o/7qaS0mOXb4ZAGlzBjPZdFABSLLPmmS/yZTUMsqOFivb//nynAoWRqmzPL8LpHuGf"
    "722vXs6xsxwwNjdMIQ31qtT7vAFlqdYzBU3S/HREZnf25rw5y2P/flPfIsLrlvkH+r/N2J"
    "FargUQ5NeLPVo2Vw4geiBdaE5/cNWdZlQ8SfVhm2id+xQp/y9huRjJa0onSuEHltHjBZFB"
    "IxVrxE98FGcE5Um8oXFpLWvydzAZPxnc4CGhAkiL+3vJz13hWv//F+rxiErT06FkMIvX+k"
    "zgsFWghqCDLUe1FruWyJ6iDjoQA56dP7f3iE1J517vUcxhXGeE6EKLCDAiKQv/B4DxB2Fy"
    "rXxByzH2dbamsUct4fHUPjr46PX0B3QIivAQZRQ/y5ZH9jzyFWLE5kshI/9u7WZhsm1o57"
    "i9nEZqYpngomPzmCufzOL2Ux4nVAkQ+woBqTnCOvnzLar1fQe94XYhD8DkePKgSj5+CGpV"
    "EBUCDqBQbeqVxJQlJMKUqajeXbVUoo2l9u+5ZCHqTayLMkIDdqALoy5EYdDksGuVGHOOpV"
    "uFFohsCgChhUYa8wD0VlizaekmUegyqML6gC8oT3GOW/DsQjpk29qhRg4VVJgIVXGGChNy"
    "s48l2R7zou0BvwIZ6HCDGUw0vcCbgyoJEIApphliStKjVwzZHEU2AaXiSeIfFsyPAGhr4s"
    "rqXZa+JimMCmRgIbTIgwXhpYIsJWwvBfY9XKCjZatHo2tG0vWymaQs3VK0caF7Eai1icDV"
    "J3FUvL4jLWt2WsLyw8Y7V2imh4wT2llIcXL/U0Ec8K4j3Fs6kTw5I0Lc10uUNtj226csXT"
    "EXUlhlwUWzHRBgkemntcqx0wuCS/a0fpFqriObS8zpuUJL2leG4+l/w3L3u75I9Bu0CqA+"
    "M9YculuP6e2GzHJS9PJWFmKp/dJmuRCehN0yOoiauP95aY/Rq1LYVw5vHtbJ3a8Aw7j7gr"
    "ChEN2Ic6g4Q2DEi5jniuJmlpHsQNEEsEXfVIZEprlK2gkRWzWq1X1qck+CBIA2txi4E0sL"
    "58AQdKCEIa2CGOehUaGJq+92RPwczgHXmkB5uaqsgG5Uc4a9vPiNGXxAG9grn9mCDIi4kS"
    "j5xVQVeUKk48cpaTxp4z19borIG7Y57sCHE/PakA++lJIepwKxWjHo7VWaSLCY2hAHIZm3"
    "MZg7N4DaVxIIKa4ic0xX3RHzp0O8nTHcJ1pVRvGJSoFIQeSku1mEVAr7XZOu/Al1Ns/jXK"
    "uUKW4rDviqkIId0l/lm3WlFDSRT6thvI9cv0ay7zy0SFEyqc+vqRHqbqARVOhzjqqHB69k"
    "U2Ro9MfPeqAp2UQqDRqeV5wRWrj1HTzzMugsHZ85iR6Prd7ZTVa4cJj8uMwP1qDyo9QKym"
    "TSUmMjqM27er0B+GI8DL82srXHoTMsjuzHMCwujUGJ16PH6v1LZZTjqiYh1/KIA6/uY6fn"
    "EL+l8D9kgCcW+OO8bpeF789XzbVkmyaz3ftDVc97g957h2mKOa9SAPRRDzZphvbQYvAZ81"
    "2M3kyeK2pva2JoSRLZec5nxpy16AHGF8FZq9CvzB2G5pziG/3IU3kkJKQw3nN+6odjODXF"
    "ISHd/6Y3/Lml2XhiVjhTcY5pQojnPfxrknBKU7QLTAwTG8p5QRlZx4qQrpOcBnjxHxSbAt"
    "srTZxnfRA8aJ+AQXhv0POlPAUWqpXumqyLdUizwVdyonKhenQnIkls4VdRRwXBQPv4lYTw"
    "rhW7FYK0Q1V8w2nLW4txZz0t6qtsDUEW0rRPzahqbcW/DCzRauLuqacSrmNThPckr1Fwr4"
    "YErvSYduuecVCdVCagTmOsTQufSy3KrOmjfxXdxfJPvQENVuI/5wthvMPjdcPobJH4xBD+"
    "lqh0NcQrraIY56FboaciUwTP7QAiNimPy9wIzG5pJlHsPkj8/8htTtPX0V88+jVQHPl0bg"
    "K0cabxJhHEGuDDLy5btNAgGaxjofyKD8T30a+4bzvr+Nvt9MnSjOcRE8xGR214NN+rAn9m"
    "z7CzNaBtEy2Lll0FDNSa5Z0PBYY2U2waBIpegFmmrpBkw4P+e0HMy5mFcG1d+V2NSiiKOG"
    "A8Yybe1nfc6EL2i9hSrxC9zNQtzBCAZoEhrITmygxgE0CR3iqFcxCaEaDCMYjAtof1ORAb"
    "nw6BoJoIN9XmayYOtXa97GhUY4bdsPTpraVtfReeWI7l/9NfljmIlg4RqmY1j8JTT7p2cw"
    "2HWiFPPIibWDIaTERvgutB9s08fsu2q6OVj/2WRqoUk6KZhCewmSo1LXfLz+enE1JV9uph"
    "8uby/9WR/uL+VNuBQ5StxMz68yueUkwbYW0DGZhhj3bU53DPKC8jzPqzLPn0AE3X6GEcn0"
    "6xZSWU5y9IH+HaVMIehGZZ7UCN4B/91kjgw3SsAdfgPVEK+OIDGRNJ07zKYZRr/XnwI/gb"
    "Yr7xH/PqQzivoMUSHm9hnC0Q4VlYejskJF5SGOOnLXn11rhtx15K4jd73b5QG568hdR+76"
    "kL6KS8OktTW+CaERwnxydlYBZ1GqJALuWRppv/YMzGWxiSKZMRnu9hyVqElQKIwF9bOo87"
    "V6cvam1nEmlBjBhqX7cM+hfi8DcbmKICk5QhXBcFUCWU0QBuzd1+6zJyaWc2ob2nqSY2Lx"
    "7yhlJhY1KvOUiaUY/KfNGbWsAoXf2Nxdes731Z+M/bUJtHLYL7YBNEiCOu7cp51sz+Glqo"
    "GwX3yE6Hbi5ChadKhVKwZ6TARdHYf0Mfv9/wFxx69r"
)
