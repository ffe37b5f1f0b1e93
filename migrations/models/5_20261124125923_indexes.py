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
        ALTER TABLE `operation` ADD INDEX `idx_operation_subject_cdc255` (`subject_id`, `project_id`, `id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_lease_u_b0c3a5` (`lease_until`, `subject_id`);
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
        ALTER TABLE `operation` DROP INDEX `idx_operation_lease_u_b0c3a5`;
        ALTER TABLE `operation` DROP INDEX `idx_operation_subject_cdc255`;
        ALTER TABLE `model` DROP INDEX `idx_model_project_612a9f`;
        ALTER TABLE `event` DROP INDEX `idx_event_subject_311963`;
        ALTER TABLE `dataset_version` DROP INDEX `idx_dataset_ver_upload__7058a8`;
        ALTER TABLE `dataset` DROP INDEX `idx_dataset_project_2c86ca`;
        ALTER TABLE `attempt` DROP INDEX `idx_attempt_state_c9b5e7`;
        ALTER TABLE `event` ADD INDEX `idx_event_noun_182386` (`noun`, `subject_id`, `id`);
        ALTER TABLE `operation` ADD INDEX `idx_operation_noun_2a13df` (`noun`, `subject_id`, `id`);"""


MODELS_STATE = (
    "eJztXW1z2ziS/isofbKruCnHTjK5ZGur7ESz6xsnztnOZF+8JUEkJPFMEVqCjMY1N//90O"
    "D7q0mFlCmqP9ki0QD4AASB7qe7fx+tuMEs8eLcddlq7Y7ekd9HNl0x+U/2lkZGdL2Ob8AF"
    "l84sVZYmCs2E61Ad6ppTSzB5yWBCd8y1a3IbCl/bjHzjzsPc4hvC54QSKWDapr14QW5d6j"
    "Lxjgj1N2xcXX1PHM8m3NZllTb7zhyiO0xeN4i7MXX2Aho3uC5blzV12M69fW9PN7LeKTEF"
    "cZeMBE9PNksuGOGeu/ZcQUyXzDzTMoSsixyZ8grf2MT2VjNZ5WbJbFWCLahN5g5fqZpkdx"
    "z3WDYx1bllMV22On0nu21KJDWydvjCYUIQahsaoXNXViQ8XZeXNCWuRoZsmMOI7LLsMFeX"
    "mW1AlQZzqWmJicNW/DszJtSVdQcdEbJptoZqVFvQApmbFhOyNhu6qVMPnm0OFZoOoQsfcM"
    "82/+OxicsXTN5wJOz/+tcohHliGlDGf+TRv/8t/zdtg/3GBJT7fTQ3mYQH/h9FjwsCUgzK"
    "st/W8LRy1qgycCmYm7ZnWTD9Htdq9o1UYdmq+vGHRlJVqyFuv9pNMLMmXrv1ykH+X4lEgN"
    "0P1g0F1w8TVX3q5fZrV9cnoeyHJXV+ViXhTZpN5Jh4KzsuvX50l9yOissXDa4umM0ceD0S"
    "Lzx0Klgawkv+RBnBZPZYNBGM+ILB5tSz3PiRZA/ia6PJ5PP13eR2fDeZjHJLSiiRePuDS7"
    "pETE1HV6jnX9HfJhazF+5S/nz55g+/nRgHvxQ0+Ov5zYe/nd8cvXxzDA1yuab5a93n4M6p"
    "uvWHqoK6dBKPYQxzsHLIVy0P90d5xzVXrBjytGQGeiMQfRH+s81AhBfikYjX610MBaxQ17"
    "b1GEyBiqG4u/w0vr07//QFmlsJ8R9L4Xd+N4Y7p+rqY+bqUXbYokrIt8u7vxH4Sf55/Xms"
    "4OXChZU1Ve7un/Bujqjn8okt33NqJGZreDVETb3F4ah7a2PLUU9L4qj3ZdRDjBLDHvQ+Hv"
    "X0wl13aU1LtbPEPvcYd7LIxkBnthd1kc6IIdQ1oA62bjmUL223GORYIIOv7PE+4ruATvzp"
    "9OWrn169PXvz6q0sojoaXfmpAvLLz3cZPGHT2ADNsDhiWYClOuxM5PkMtsUN14IiWVwQai"
    "wI0WGqLtKRAMJbA97oUKkuNIA5JzhAuN+c1YD7zVkp3HCrBG6v2fKRldsd2KPRbqB+VQfq"
    "V+VQv8pCvWJC0EXBnL5jv5V8/RIiAwC46qQz/vtd6pATAnn06fzvx6mDztX157+GxRPAf7"
    "i6vsgAPrO4/iCPkrPHPOb/fXv9uRjztFT2AGrqLvk/Ypmizv4jOCn3ZS2pwB/gqMY/C7WW"
    "Pj1CBVn8mePwgp1zOfSRAKK+PeryFvS/AeyxBOK+Pe4b6sDZWjRBPinzQ9hvt9D/ee7ZOu"
    "CqzDSuaYsX0N5fnuED0MmQKFvSVlrItGQLWsj9eTl6rnTM65rnpm2K5VbDnBHFce7zOKcM"
    "pOlRvuDcYtQusSMl5TJDPJOCXS2v0ZXdjuvF9fVVakgvLrN75a+fLsbyWK7GUhYyXV8Hl9"
    "Mv5c3lTV+w4hrwPevbewZW8vlDwoALF2ZUf5A7FGOSu8NPeVnZ/K3V6Sp7hdryVGsEaEI/"
    "A6aNnExUsEISTnhLqyLhGIlCT5Jwzgk0YRAl/V4xQAJ1qCDUYcRcrTx1L8+raSZayBBJW7"
    "3Uw1bSQ1olRVQSLkL9GRIv9kBxisSLwzHBI/HiEEcdiRfPvsgm2AANjVIDtkW9PDmpg+7J"
    "STm8cC974oh7loO53E6SEUNbSWNbSbh9zaNeSs1IiuyOnnHS1eRumZuxDzSB0c34/OM/up"
    "rCXazF/Tqn/uq/AaPy42pYQqtxag3JODVPr3Z8yvTPoeBkAb4O32FKsZyDR7pH6mbBwbat"
    "WgvPvOGD1neK6PLU25FXhLe2ODUmeHru/WKi4en5gM5ReHo+xFGvc3reh63a3i2tMbwBHI"
    "VHutLDRVpod8eLl3tyvOAzwRywqG2Fbok0nuJyDHvkbO5WD4GczeelTKEmeUdfxfRZuC7Q"
    "aSkEGh34dv5JjPUbDeZtSginbY1pC6FHGvtApYQGCPPp69c1cJalSoFW9zJbadWpRrzthE"
    "g/aNvQ7GBo22GQn/yI/CxXkZJVOymUGZM5SHV2knnR1VmmAvaP118vrsbky834w+XtZTAE"
    "kUpF3YRLMbfzZnx+lfUT4ZsChC/MRemHMZTY6rPYs3118FX8r9PTs7OfTk/O3rx9/eqnn1"
    "6/PYk+j/lbVd/Ji8u/wqcyNeHz304fyyZG1oTEgGBvbTMye3RZw1kciQwIzx1PY8E9R2eT"
    "LcDPSuIYbD0GS3r6+k0jrXUkMQC9VNfO2sFE3QLlrCCC/STYcu8GJ5cmO/CECKr70EW7/6"
    "j3hbnkmPNi/xp1Q6vkKUVFagW45TPQCQN/aLM09SWB44OKqqpbnoDArYYpqIRJis+5Q6gg"
    "FrcX8Nddskdi8BfkFzkhElwjaB8uFQe67bA9FfDWM40g3i11gzCwYZumz5EKGtKIrD4sID"
    "umBExoTrjkCOLkPkLQWYcRG25vqLi3HaZzx2DG8XsytblnT1XPp8KbBYr1aRhbN2gRatRI"
    "urIZNx7Jgy2f+wWZxjp56PW97RdVT668l8Sa6nHfbE4CAb/n8hLommdUVPC5HiQ2cDOqLv"
    "yhJIABtTNuF/KlkC/VVxXmfjJnkC91iKM+PG+jHZ2K2rcAhV/XugCH5Qdo93lVx9XoVbmn"
    "0auco1Fqy9LEmysSGtwMbj+4IHrLJSyXddCVpSoslzl8G8ZsxFCNdRVS0Um3Ni8nFBjg1G"
    "3/yya3RqKZg2csMYDZu2tOJegTGi3DQfkBQN15MOhIP9PIRpCSQpifhJkafO2rIXMoV4b+"
    "Sslh6K8Gob8cpvQyW2CekUTUG6C+9pwF2wLzlBwi/gTiPTHFjL8zu9AU49/QqkwxLCpSyx"
    "RjmXaYuY7MGTP8XICBRuY9mQomx9zW2ZQsqbIFLOjat52opH2OwRwwEuh8tTJd/3exDaar"
    "hmqEUAurrjY6ZD69JTVoaIjo99YADRGHo5JGQ8QhjvrwDBF7t8gmjrnhlzG/La0ieyakhu"
    "RKtWOmp8KswfwOyw9wZndgB+q9bmyfl4290o7tMdB8HURxaAh1Vg5VkU9CjREhKvaPbVkv"
    "eqKh+YWt3XNbbJTCIaemSdzVqnQ1D7LchMYFn9TYfANOJiUQhk95eSqO5oo+MKUxid5Z4t"
    "fJDOLZoDehNjENtlpzV266HskDe8zraNqrWlFi57Ja5qxl7W5AjWWg2FmC2mcDVW+oIFQ8"
    "MEMjUzmPpLg79e9AUb8VEFxRg5G5w1eELuRMK9f5OLCnFG4U6yPRrYnsFjJONVT0oKJnP4"
    "/8qOg5xFFHRc+zL7JJs2/681oX6qzcEME+fVsH7dO35XDDvTTe2e1Lo41DThRRr4d6Ytva"
    "BPGM2ADRbp9JGWz68zCXu5gmRHYfXAe9TNs4OH9iKoRawaE5uKNVHZhXcZkaZ2UuD4/gve"
    "kfK0075hu8Iw63GLn+9nl8o5Hxx8u76xtwzfz1cvxtfFN0OP6huupwFHzVZi2KghriWBqP"
    "qn3fReFR9XAOLXhUPcRRx6Pqsy+yOePiFpbFoULcxVEJdj2NFAG8kIQ8CHyHlMHqE/wZFW"
    "3Q1Y3q/XlUpHaOZSXynjCqL4nwdF3uYueeRajrQlgS3wylgBcqQonpErniCrn9DnJiladg"
    "bqVmzNA8wmMBHgt6tPLu5wYRjwWHOOp4LHj2RRZjThSBixma3+03Dw4zNGOG5j3L0IyZ/z"
    "qYtn1SGlQkvU7d155UITRLeB1QVwvO+EAefUeEubCp6zlSlH2nlqemkKZ8iyHKKkSLJhvT"
    "XSpPYz88dyk/tvVGChUMPgj9SIad7Eu7NWeym3fShnrd5BCioXQfPhCoETmcszFqRA5x1F"
    "Ej8uyLbGZz1hDmpAyCjFlGd344T+7oGszbjBhO3TrB9fwTTkOk01IIdIOUz+mTUF3Ai6UR"
    "+Doz3FpwR57KV40meFJogDC3H0tjKatw1tSRP105SfNgl3P+C0QxsW61CWG7xLoSnkZvQU"
    "JkgO/A2WmNd+DstPQdgFuZfQt1FqwRKTGWGCDAnSTs3o/Ul3vstLXzrLq9A/hZAn0V58Cs"
    "8kccLte2Cy6z3Fs4pj5pyhDJiA0Q7fY/gwFmYCIrwPpni9PSWElpwQzac5Csgff+JBj9eP"
    "314mpMvtyMP1zeXgabvkhPq27CpTiG9c34/Cr7QQytkk223CkhdLT9kSS6kSW4Cf5pKRyA"
    "/fR0vg5DZo0K+BDxTa2KDMFTxZ4kQtxBWlnPnfHfCLNd59GPsR6G9HpBblX22iiLbdQJdT"
    "1Pefix6lQYsO/MmU3J0Qe5NN2NNfL1y0f19+P4agx/P5x//jC+0sjN+O7mHxq5905PTt8c"
    "+wlu/Vy3ijKRSnYr6GOcxpe4/N62OH8gFILIxwyhaVBmY/oxx0z3BZkaHptQPx7ZZsn8zL"
    "wOs2SF4Nzt0gcmy2lkajEqgJLxwPxsu/JB/Eue7ZqWyrerotSrSs0gdlkQ5AzIHuYKQJJj"
    "KOu1zTkTrg+d49l/4rbKrSshftEoTFoQb22aCe4xlT2AWcHW1FHdOPp29uE4qOre3nDnwf"
    "d02ThSSD0eOLtAO0pMAkgWHFIjqxhrQEGpSOv7QzHWfPR9sTYpHhH5LmHpb7H6xMirz20c"
    "g7QzL54u647QankQKrInIPVmD3TiSL05HBIGUm8OcdSRevPsi2zKZ2PWBOKwPIJbh3KDof"
    "sxdP/eA40+Mgfq2rXHcxajxB5clNieGVQwSGyevTTaCdbtsw1k60Vsg9KPX1QeXZrzWZvn"
    "nqBWEzSTIghoFtBYm91ENxJLtaAX6dnKu79qkLz2K2EBarLEZ8QGt8S3TwfJWFeavEsZUX"
    "yh+vxCmY2DvZvtxHrfnzHthIHCfbWL1zD7X0pqcMtY+ztViwp3whyHFzj6lYc+SksNAOaq"
    "FauLyEczi+sPJcqG8pUlLYWry/arC12vLXMrI2FaEr/dff52C+a61lajnJbEUe7zKCdYZE"
    "22ChmxAXzE0nuFWm5KFV5KvpNSTzipXxwG3zfufOFpKlXRfa2KmboOS07WQdEaEb9lUUWE"
    "tMmlPWdyyujsljnfTZ0RKgjshohgzH5PphanBjOmZEXXgtzB2DBDxRCDzDpZ4VFmWLtr6d"
    "4GwASQJhWB9Ojy9prA0nWsGJXQ6tx0oHJqGj7v0nSBjAmMkceQebkqI1hWsSczlLqwYxMR"
    "YIAMu65WAGTYIdcKGXY46lvts5Bh92wkMPhSr6neOOZ3JDRAmN+c1dF8nZVrvs4wqnpFSI"
    "M66MpSFSENcvg21Ny2qrLt0SasfZVtfgvdZKtbJDzAKd3+eqFOQnmoLzi3GLXLmAiBTAbh"
    "mRTqCuLoym7VRhfX11epnczFZVYP/vXTxVh+CxXmsfN3EeWDiiLuaBULL5QYnBqn/fVDbh"
    "QEXRSsGuX2noTIAADetbFH7sFd6rjNKEyxCFKYsguEr/pqYjmLJTAGW+vGND6DvcRWCoGM"
    "KBpa+qMA8PU+vdH/KzXCqFD1z8MMuFVa/7hQDX3/L96MOTZzmSDRwdqP6EDJd5i8TIV6oE"
    "RFMHW5w3JBJYJulUSo6KaJhpp5zLm5R/ohVMIfjjoWlfCHOOp1lPDoBYieq/vmuRrt8bdC"
    "t0QaD8VZmFGtU7HMI4d3eBxeNOB1mPjANd1mkZsjgQGsJBnraK2c06cVOadPMed0b1btvr"
    "AreqSiaN9W6iuwJlsE3c9KYuz9Iltrrdj7+tqbWObKLFAQlMKfkhkS9i1us1fcefRB2maC"
    "F8sPCepdp5hgcjctIAyPXbSoV41FTnQwp8odj0H0fWzqr5sTHMCOpgv+Rk/McDfsuylKIs"
    "NH97QqQ5yTLPWkJe7aZsR36fZ9UpQqSGjg4eJrhfyg4FT9gsjkWRNZ2KkSM1zL9avI8YEL"
    "OqAz9U17Uj7ln3N0K0d2/PEYmily9Dn6OP54+eH8ThZ5LyvMUfamymcnJ7ZZcqFceQRZec"
    "KVVYsNc9QDmG55aPTg0QKGdpDDtTIeekeRuLsMJe4n/03nmfQfAy2fXa18aPlEGxhaPnHU"
    "nx51dD969kU2GTQhuR+obWdOSSHQdfy8/K1WDuTS42osMCR1QWuamb0y3u8RrrB3brIUhO"
    "VxEaixCBQdTJoAnZVF0GuAnjiiN8E7IzZAqNu3BGEYP/QJHe7sRjpmx0kZ0BEUHUGHwz2R"
    "3TQdZkwctrZMnTZxCC0SHYy1smXH0G3wLZBEeLPwYtTUobp5FrxEzQc5JYhj3Lcx7gmH4F"
    "ZfshX91ddajAqIBOkCWhWbQKiioQpElX2SU/BNpVdXVQgwv9/+z5XpMjI3LZXB/F0qlTn8"
    "77frEwRWcoaH1vQUk6C1Wp/24S21OidgqLtfTogMzv7c1oY5a3/uy3vkW1wK36DgVvW7ky"
    "hUwyUemvBnq88rESSIpAusCd9xndvBtCbBtMrRZYKOlTrFt9+IouRkFaVTjahr05CKo5GY"
    "cqPc7qfhRnBKqMPUC7sxxfI9mUqYzO9sEvKYpsQU9zbcD6/4/U/2e8Eh7u7RiRxC6P0jc4"
    "81aCGsAaThhh92V6iWmAEyPgryIabZ/T88QmbPOvV7DuMKYzwlUhToTSGTKVh4/AeIuguV"
    "63KOOY+TNXN0ZrsSlRNo/OXJyTF0B4TEEmCQNSSfS/U38RxyxRJEpbUJggevHb7icu24t7"
    "lDHG5Z8qlg8pMjmMvvglI2J34HNPUAM6ZzRZry+6nCFfsF/ec9loMQdDh+VCkYP4cwbZ1J"
    "gEJRP7LxhgotDUk5JyptNlZvVyUjqkvqUkFfWm+jyJKAUSH2QFeG3KjDYckgN+oQR70ONw"
    "rNEBgVAqNC7BTmfVHZoo2nYpnHqBDDiwqBPOEdpiloAvGAaVMva0WIeFkRIeIlRojozQqO"
    "fFfkuw4L9C34EM9DhNiXw0vSi7k2oLEIAppjlqStKg1wLZDEU2AWXiSeIfFsn+ENDX15XC"
    "vT7yTFMANPgww8mNFhuDSwVIiwlOG/waqVF9xq0erZ0La9bGVoCg1XrwJpXMQaLGJJNkjT"
    "VSwri8tY35axvrDwzMXSLaPhhfe0Sh5estTTRDw7DFiVTAdPTFvRtHTLEy5zfLbpwpNPR+"
    "hCDrkstuCyDRI+tPC5VhtgcCl+14axNVQlCmh5nTepSHpz+dxiqvhvfvp5xR+DdoFUB8Z7"
    "wudzef09cfhGKF4eJVFqrYDdpmqBH9SyfIKavPp4b8vZrzPH1ojgPt/OMZgDz7DxibuyEN"
    "GBfWhwyMjDgZTryufaJq/Og7wBYqmosT6JTNuLaFnhAyy43WqfVX1aimuCFLMWty9IMevL"
    "13VPyUZIMTvEUa9DMUOz+o5sNZg2vSNv93BTUxfZsPwAZ2376UL6klWhVzC3H28EOTdxVp"
    "bXddCVpcqzsrzO4Su/l9xzdDbZwpWySHaAuJ+d1oD97LQUdbiVCeAPR/Y80uVkyUgAeZLb"
    "8yTDs3gDhXQoglroJ7TQfdFNumw9KtJLwnWtUicZlqgVoR9KK5WbTUBntlq778BPVG7+dS"
    "aERubysO/JqQjx7hX+eZddWUNFiP62Gyj0+Qxqfh6fT1RloSqrr5///VRqoCrrEEcdVVnP"
    "vsgmSJ2pL2pdoNNSCDS64jwvuHL1MRt6pyZFMKR8EZ8THda7nbJG4+DmSZkBOI3tQFkIiD"
    "W01iREBodx+xYb9pvpSvCKvPFKl96UDHJSi1yXMKY2xtQejrcucxxekESp3HoQCaD1YHvr"
    "gbwF/W8AeyyBuG+PO0YXeV78jWKrWUWOcaPYaLa/Tn07Ti3ucpdazSCPRBDz7TBfOxxeAj"
    "HZYjdTJIvbmsbbmghGPp8LVvClrXoBCoTxVdjuVRAP5nrNCg751Y7HsRSSJRq47AmXOtsZ"
    "5NKS6K7XH/tb3uw6N20V4XyLYc6I4jj3bZx7Qn26A0RL3DKje1oVBcpNlqqRVAQ8DTmRnw"
    "THJnOHrwLHQmCcyE9wabKCsDMl7KeW6lUOlmLN9Ni/ckMFoUKeCsmRXDoXzNXA3VI+/Crm"
    "U2lErOVirRFqLbhjukt5bynnpLOmjsTUlW1rRP51TF27t+GFm8w8Q9Y1EUzOa3D5FIwZxx"
    "p4jiqfT5ethe/LCdVCQgfuucQ0hPINXVN3KbbxuNxd/P3IENVuI8FwthuCvzDIP9LV9sag"
    "h3S1wyEuIV3tEEe9Dl0NuRIY3H/fwjlicP+dwIzG5oplHoP7D8/8htTtHX0Vi8+jdQEvlk"
    "bga8dH3yYuOoJcG2Tky3ebugI0jU0+kGH5H/o09g3nXX8bA7+ZJrGnkyJ4iMntrvc2VcWO"
    "2LPtL8xoGUTLYOeWQZNao0KzoOmzxqpsgmGRWnERdGobJky4IFO2GsypnFcmM95V2NTiOK"
    "mmC8YyfRnkqs4FRmi9hTqREbzVTN7B2AhobEJj036aHdDYdIijXsfYhAo2jI0wLKCD7UoO"
    "5NJDcSyArvtFmdrCTWWjeZsUGuC0bT+gambD3kSbViC6e8Xa6M9RZoaZZ1quaYsX0Oxfns"
    "EU2Im6zac9Ng6zkBEb4LvQfoDQALPv1PIKsP7Z4rTU2J0WzKA9B8lBKYI+Xn+9uBqTLzfj"
    "D5e3l8Gsj/aX6iZcil0wbsbnV7lce4q62wjohMyWGPdtTncM8oyJIp+uKp+iUAQdivYj+u"
    "rXNaT2HBVoGoM7WpWq0YvLPKlrvANmvcVdFSKVgKP9Cqohfh1hoiZllHe5w3K+An5/SjwQ"
    "2q68R8z+iCgp6zNlhZiPaB+OdqioPByVFSoqD3HUkRX/7FozZMUjKx5Z8d0uD8iKR1Y8su"
    "L36as4Ny3WWOObEhogzKevX9fAWZaqiK37Oot0UHsO5qqoR7HMkAx3O453tE24KYwy9aOo"
    "iyU9ff2m0XEmkhjAhqX7QNKRfi8HcbWKIC05QBXB/qoE8pogDAW8q91nT0ws58wx9eWowM"
    "QS3NGqTCw0LvOUiaUc/KfNGY2sAqXf2MJdesH3NZiM/bUJtHLYL7cBbJG4ddj5WjvZnsNL"
    "1QDhoPgA0e3EfVK26DK7UXT1hAg6Ue7Tx+yP/wfFcspk"
)
