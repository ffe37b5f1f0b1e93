from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS `attempt` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `training_id` VARCHAR(16) NOT NULL,
    `number` INT NOT NULL,
    `work` INT NOT NULL,
    `model_version_id` VARCHAR(16) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `workflow_name` VARCHAR(63) NOT NULL,
    `workflow_uid` VARCHAR(64) NOT NULL,
    `message` LONGTEXT NOT NULL,
    `blocked_by` JSON,
    `error` JSON,
    `result` JSON,
    `warnings` JSON NOT NULL,
    `started_at` DATETIME(6),
    `finished_at` DATETIME(6),
    `collected` BOOL NOT NULL,
    UNIQUE KEY `uid_attempt_trainin_a5d7e9` (`training_id`, `number`),
    KEY `idx_attempt_collect_560a58` (`collected`, `id`),
    KEY `idx_attempt_workflo_ab5770` (`workflow_uid`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='One Workflow of a training. States: states.AttemptState; run once, never created twice.';
CREATE TABLE IF NOT EXISTS `dataset` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `name` VARCHAR(100) NOT NULL,
    `description` LONGTEXT NOT NULL,
    `versions` INT NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    UNIQUE KEY `uid_dataset_project_61c830` (`project_id`, `name`),
    KEY `idx_dataset_project_10edbc` (`project_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='A named table; its versions are immutable.';
CREATE TABLE IF NOT EXISTS `dataset_version` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `generation` INT NOT NULL,
    `observed_generation` INT NOT NULL,
    `message` LONGTEXT NOT NULL,
    `blocked_by` JSON,
    `project_id` VARCHAR(16) NOT NULL,
    `dataset_id` VARCHAR(16) NOT NULL,
    `number` INT NOT NULL,
    `upload_id` VARCHAR(16) NOT NULL,
    `file_name` VARCHAR(255) NOT NULL,
    `options` JSON NOT NULL,
    `progress` DOUBLE NOT NULL,
    `rows` BIGINT,
    `columns` INT,
    `bytes` BIGINT,
    `source_bytes` BIGINT,
    `sha256` VARCHAR(64) NOT NULL,
    `source_sha256` VARCHAR(64) NOT NULL,
    `profile` JSON,
    `error` JSON,
    UNIQUE KEY `uid_dataset_ver_dataset_2d6775` (`dataset_id`, `number`),
    KEY `idx_dataset_ver_project_10b2c1` (`project_id`, `id`),
    KEY `idx_dataset_ver_state_cab92c` (`state`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='An immutable table on the volume. States: states.DatasetVersionState.';
CREATE TABLE IF NOT EXISTS `event` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `sequence` BIGINT NOT NULL,
    `type` VARCHAR(40) NOT NULL,
    `noun` VARCHAR(16) NOT NULL,
    `subject_id` VARCHAR(16) NOT NULL,
    `operation_id` VARCHAR(16) NOT NULL,
    `message` LONGTEXT NOT NULL,
    UNIQUE KEY `uid_event_project_bae245` (`project_id`, `sequence`),
    KEY `idx_event_noun_182386` (`noun`, `subject_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='One line of the feed of a project; `sequence` has no gaps and its order is commit order.';
CREATE TABLE IF NOT EXISTS `member` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `subject` VARCHAR(128) NOT NULL,
    `role` VARCHAR(16) NOT NULL,
    UNIQUE KEY `uid_member_project_e0e7bd` (`project_id`, `subject`),
    KEY `idx_member_subject_efed33` (`subject`, `project_id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Who may do what in a project: role OWNER, EDITOR or VIEWER.';
CREATE TABLE IF NOT EXISTS `model` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `name` VARCHAR(100) NOT NULL,
    `description` LONGTEXT NOT NULL,
    `versions` INT NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `generation` INT NOT NULL,
    UNIQUE KEY `uid_model_project_e312cf` (`project_id`, `name`),
    KEY `idx_model_project_8fd1f0` (`project_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='A named model; each successful attempt that trains for it adds a version.';
CREATE TABLE IF NOT EXISTS `model_version` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `model_id` VARCHAR(16) NOT NULL,
    `number` INT NOT NULL,
    `training_id` VARCHAR(16) NOT NULL,
    `attempt_id` VARCHAR(16) NOT NULL,
    `dataset_version_id` VARCHAR(16) NOT NULL,
    `algorithm` VARCHAR(40) NOT NULL,
    `hyperparameters` JSON NOT NULL,
    `problem` VARCHAR(32) NOT NULL,
    `target` VARCHAR(255) NOT NULL,
    `sha256` VARCHAR(64) NOT NULL,
    `bytes` BIGINT NOT NULL,
    `file` VARCHAR(128) NOT NULL,
    `metric_name` VARCHAR(32) NOT NULL,
    `metric_value` DOUBLE,
    `signature` JSON NOT NULL,
    `evaluation` JSON NOT NULL,
    UNIQUE KEY `uid_model_versi_model_i_67370d` (`model_id`, `number`),
    KEY `idx_model_versi_project_945dea` (`project_id`, `id`),
    KEY `idx_model_versi_model_i_065736` (`model_id`, `id`),
    KEY `idx_model_versi_dataset_5ada34` (`dataset_version_id`, `id`),
    KEY `idx_model_versi_trainin_a19f44` (`training_id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='What a successful attempt made: signature, evaluation, and one file with its sha256.';
CREATE TABLE IF NOT EXISTS `operation` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `verb` VARCHAR(16) NOT NULL,
    `noun` VARCHAR(16) NOT NULL,
    `subject_id` VARCHAR(16) NOT NULL,
    `generation` INT NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `requested_by` VARCHAR(128) NOT NULL,
    `idempotency_key` VARCHAR(128),
    `fingerprint` VARCHAR(64) NOT NULL,
    `tries` INT NOT NULL,
    `refusals` INT NOT NULL,
    `due_at` DATETIME(6),
    `lease_token` VARCHAR(32) NOT NULL,
    `lease_until` DATETIME(6),
    `intent` JSON,
    `object_uid` VARCHAR(64) NOT NULL,
    `last_error` LONGTEXT NOT NULL,
    `blocked_by` JSON,
    `applied_at` DATETIME(6),
    `settled_at` DATETIME(6),
    UNIQUE KEY `uid_operation_request_44b9fc` (`requested_by`, `idempotency_key`),
    KEY `idx_operation_due_at_03d90c` (`due_at`, `id`),
    KEY `idx_operation_project_ce5ad8` (`project_id`, `id`),
    KEY `idx_operation_noun_2a13df` (`noun`, `subject_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='The outbox entry of a mutation. States: states.OperationState.';
CREATE TABLE IF NOT EXISTS `predictor_pod` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `namespace` VARCHAR(63) NOT NULL,
    `name` VARCHAR(253) NOT NULL,
    `uid` VARCHAR(64) NOT NULL UNIQUE,
    `inference_service` VARCHAR(63) NOT NULL,
    `ready` BOOL NOT NULL,
    `reason` VARCHAR(64) NOT NULL,
    `message` LONGTEXT NOT NULL,
    `restarts` INT NOT NULL,
    `loaded` JSON NOT NULL,
    `observed_at` DATETIME(6),
    KEY `idx_predictor_p_project_9c4f71` (`project_id`, `inference_service`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='A pod of an InferenceService as last seen; `loaded` maps TrainedModel or InferenceService';
CREATE TABLE IF NOT EXISTS `project` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `generation` INT NOT NULL,
    `observed_generation` INT NOT NULL,
    `message` LONGTEXT NOT NULL,
    `blocked_by` JSON,
    `name` VARCHAR(40) NOT NULL,
    `title` VARCHAR(200) NOT NULL,
    `description` LONGTEXT NOT NULL,
    `namespace` VARCHAR(63) NOT NULL UNIQUE,
    `volume_bytes` BIGINT NOT NULL,
    `cpu_limit` INT NOT NULL,
    `memory_limit_bytes` BIGINT NOT NULL,
    `feed_sequence` BIGINT NOT NULL,
    `namespace_uid` VARCHAR(64) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='A Kubernetes namespace with a volume and a datastore. States: states.ProjectState.';
CREATE TABLE IF NOT EXISTS `revision` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `serving_id` VARCHAR(16) NOT NULL,
    `number` INT NOT NULL,
    `generation` INT NOT NULL,
    `mode` VARCHAR(16) NOT NULL,
    `model_version_id` VARCHAR(16) NOT NULL,
    `object_name` VARCHAR(63) NOT NULL,
    `object_uid` VARCHAR(64) NOT NULL,
    `inference_service` VARCHAR(63) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `reason` VARCHAR(64) NOT NULL,
    `message` LONGTEXT NOT NULL,
    `desired_replicas` INT NOT NULL,
    `loaded_replicas` INT NOT NULL,
    `applied_at` DATETIME(6),
    `loaded_at` DATETIME(6),
    UNIQUE KEY `uid_revision_serving_2d427d` (`serving_id`, `number`),
    KEY `idx_revision_state_01ea35` (`state`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='One object that serves, or served, for a serving. States: states.RevisionState.';
CREATE TABLE IF NOT EXISTS `schema_version` (
    `version` VARCHAR(64) NOT NULL PRIMARY KEY
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Which tables an SQLite file has: the hash of the models that made it.';
CREATE TABLE IF NOT EXISTS `serving` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `generation` INT NOT NULL,
    `observed_generation` INT NOT NULL,
    `message` LONGTEXT NOT NULL,
    `blocked_by` JSON,
    `project_id` VARCHAR(16) NOT NULL,
    `name` VARCHAR(100) NOT NULL,
    `description` LONGTEXT NOT NULL,
    `mode` VARCHAR(16) NOT NULL,
    `model_version_id` VARCHAR(16) NOT NULL,
    `replicas` INT NOT NULL,
    `revision` INT NOT NULL,
    `active_revision` INT NOT NULL,
    `desired_replicas` INT NOT NULL,
    `loaded_replicas` INT NOT NULL,
    `servable` BOOL NOT NULL,
    `observed_at` DATETIME(6),
    UNIQUE KEY `uid_serving_project_325554` (`project_id`, `name`),
    KEY `idx_serving_project_8375f7` (`project_id`, `id`),
    KEY `idx_serving_model_v_e04307` (`model_version_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='A name that answers predictions with one model version. States: states.ServingState.';
CREATE TABLE IF NOT EXISTS `sighting` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `uid` VARCHAR(64) NOT NULL UNIQUE,
    `kind` VARCHAR(40) NOT NULL,
    `namespace` VARCHAR(63) NOT NULL,
    `name` VARCHAR(253) NOT NULL,
    `resource_version` VARCHAR(32) NOT NULL,
    `facts` JSON,
    `gone` BOOL NOT NULL,
    KEY `idx_sighting_kind_69a5f1` (`kind`, `namespace`, `name`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='An object as last seen in the cluster: the guard against going backwards, and what the sweep sees.';
CREATE TABLE IF NOT EXISTS `step` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `attempt_id` VARCHAR(16) NOT NULL,
    `name` VARCHAR(16) NOT NULL,
    `position` INT NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `pod_name` VARCHAR(253) NOT NULL,
    `pod_uid` VARCHAR(64) NOT NULL,
    `exit_code` INT,
    `reason` VARCHAR(64) NOT NULL,
    `message` LONGTEXT NOT NULL,
    `error` JSON,
    `result` JSON,
    `blocked_by` JSON,
    `done` BIGINT NOT NULL,
    `total` BIGINT NOT NULL,
    `progress_message` LONGTEXT NOT NULL,
    `progress_offset` BIGINT NOT NULL,
    `skipped` BOOL NOT NULL,
    `started_at` DATETIME(6),
    `finished_at` DATETIME(6),
    UNIQUE KEY `uid_step_attempt_cfcd61` (`attempt_id`, `name`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='One step of an attempt: preprocess, features or train. States: states.StepState.';
CREATE TABLE IF NOT EXISTS `training` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `generation` INT NOT NULL,
    `observed_generation` INT NOT NULL,
    `message` LONGTEXT NOT NULL,
    `blocked_by` JSON,
    `project_id` VARCHAR(16) NOT NULL,
    `dataset_version_id` VARCHAR(16) NOT NULL,
    `model_id` VARCHAR(16) NOT NULL,
    `name` VARCHAR(100) NOT NULL,
    `spec` JSON NOT NULL,
    `attempts` INT NOT NULL,
    `model_version_id` VARCHAR(16) NOT NULL,
    `finished_at` DATETIME(6),
    KEY `idx_training_project_0ec926` (`project_id`, `id`),
    KEY `idx_training_project_030295` (`project_id`, `state`, `id`),
    KEY `idx_training_dataset_ad6e2b` (`dataset_version_id`, `id`),
    KEY `idx_training_model_i_83e504` (`model_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='What to learn from which dataset version. States: states.TrainingState.';
CREATE TABLE IF NOT EXISTS `trial` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `attempt_id` VARCHAR(16) NOT NULL,
    `number` INT NOT NULL,
    `algorithm` VARCHAR(40) NOT NULL,
    `hyperparameters` JSON NOT NULL,
    `metric_name` VARCHAR(32) NOT NULL,
    `metric_value` DOUBLE,
    `seconds` DOUBLE NOT NULL,
    `best` BOOL NOT NULL,
    UNIQUE KEY `uid_trial_attempt_e44fce` (`attempt_id`, `number`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='One candidate that `train` tried: algorithm, hyperparameters and what it reached.';
CREATE TABLE IF NOT EXISTS `upload` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `state` VARCHAR(16) NOT NULL,
    `generation` INT NOT NULL,
    `observed_generation` INT NOT NULL,
    `message` LONGTEXT NOT NULL,
    `blocked_by` JSON,
    `project_id` VARCHAR(16) NOT NULL,
    `file_name` VARCHAR(255) NOT NULL,
    `length` BIGINT NOT NULL,
    `offset` BIGINT NOT NULL,
    `sha256` VARCHAR(64) NOT NULL,
    `expires_at` DATETIME(6) NOT NULL,
    `error` JSON,
    KEY `idx_upload_project_036939` (`project_id`, `id`)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='The slot of a resumable upload in the datastore. States: states.UploadState.';
CREATE TABLE IF NOT EXISTS `aerich` (
    `id` INT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    `version` VARCHAR(255) NOT NULL,
    `app` VARCHAR(100) NOT NULL,
    `content` JSON NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXWlz2zqy/SsofXKqOClHdpy8ZGqq7Fh3xm+cOM92bmbxlESRkMRnitAQoBXXnfvfBw"
    "D31SRDSiTVX7wQaAA8ALF0n278NloTHZv09TljeL1how/ot5GlrjH/I5mkoJG62YQJ4gFT"
    "56bMq0YyzSmzVU2UtVBNivkjHVPNNjbMIJbIfGNh9J3YjwuTbBFZIBVxAcMyrOVrdMdUhu"
    "kHROVvv3L59COyHQsRS+NFWvgJ20izMX+uI7Y1NPxaVK4TjdfOS2qxngfrwZptebkzZFDE"
    "Vhh5b4+2K0IxIg7bOIwig6G5Y5g65WWhI4M/IVsLWc56zovcrrAlc+ClaqGFTdayJN4cm7"
    "3iVcw0YppY47XOPvBmGxxJBW1ssrQxpUi1dAWpC8YLoo6m8UeKFJc9g7bYxog3mTeYyMfY"
    "0iU6jmX828FTRpaYP7Y5Rv/858jHZGroIo/bvtG//sX/Niwd/8BU5PtttDAwfxfx9yhomx"
    "DgYiIv/rERTeNdLPOIR95AshzTFGPleSOHykhm5rXKf35XUKzorddfU+cnyxUZN49TWXRs"
    "WLuvKZ9PfdlPK9X+ReYUY2g+5S/orK0w9+aZrYgVZOdDTDxdYgvbYmBEhrpolPdR+I9c1E"
    "eiGx0coKqHD3S8UB2Tha/EWxA+G02nX27up3eT++l0lPqYfInIuPceaRwx2beMyvdfqz+m"
    "JraWbMX/fXP2u1tPiIObS1T46/ntp7+c3x69OXslKiT8a3a/8i9eylgm/S6LUJk6DfsvhN"
    "n7ZqYqS8N9yVOYscbZkMclE9Drnuhr/486HeE/CHsinKl20RXi27yxzGdvCBR0xf3V58nd"
    "/fnnr6K6NaX/NiV+5/cTkTKWT58TT4+S3RYUgr5f3f8FiX/RP26+TCS8hDIxp8Ty3f9DfJ"
    "cj1WFkavFvUdUjo9V/6qMmv2C/152NXrPX45LQ613pdR+jSLd7rQ97na9L/8/Xg2m1qTUu"
    "1cwUu+8+bmWSDYFOrNVlkU6IAdQloPb2QSmUryyWDXIokMCXt7iP+C5FI/4wfnP67vT9yd"
    "npe55FNjR48q4A8qsv9wk8xcauApp+dsAyA0u5zZ/yk4nYFlecC7JkYUIoMSHIk2IVpAMB"
    "gLcEvMHBTz6oAHNKcIBwn52UgPvsJBdukZQDt1Nt+kjK7Q7s0Wg3UJ+Wgfo0H+rTJNRrTK"
    "m6zBjT9/hHzuoXERkAwEUnncnf7mOHHB/Io8/nf3sVO+hc33z5s589Avyn65uLBOBzk2iP"
    "/Cg5f05j/r93N1+yMY9LJQ+ghsbQf5Bp0DL7D++k3JW5pAB/AUcx/kmolfjpURSQxB/bNs"
    "nYOedDHwgA6vVR50mi/RVgDyUA9/q4b1VbnK1pFeSjMj+Ffb2J/o8Lx9IErtJAwQyLvhb1"
    "/WkPC0ArXSKtKLW0kHHJBrSQ/fk4Oq50TOuaF4Zl0FWtbk6IQj93uZ9j1sZ4L18QYmLVyr"
    "EjReUSXTzngm1Nr8GT3fbrxc3NdaxLL66Se+Vvny8m/Fgu+5JnMpirg5P6JWEvXTxGTHni"
    "wVzVHvlapU9TKWRM8vKmk9bjdfKJavHzje69p3grj23Av1uV4kwigp+kFBER9EimF4kI50"
    "hUoSMp/REJE72nGKNItTEy1mtHpqW5BdVEMw3vcfuHfNlCq3s8P5jHe6DeAvP44RhKwTx+"
    "iL0O5vG9T7IRm21F08GALQZvjo/LoHt8nA+vSIvjG21ZCuZ8bXZCDDTalTXa/tYyjXquAT"
    "0qsjsj+nFbg7thC3ofjLmj28n55d/bGsJtzMXdOkP+6n4Bo/yjpJ9DKXGi9CkTJU+WVngC"
    "dM+IggQuuNhPYkjhFAE93iKZmHHobKrUzPOo/6LleeCNnkgTRPDgg4ODbue/ewUOugd05I"
    "GD7iH2epmDbh92Vb2bWkN4PTgyT1+554C40O5OAm96chIgc4rtJz7h1EI3RxoOXCnKMpDg"
    "dqsyABLcfjkooPTd0aoYP7aWBTouBUCDR9TOl0RnYxJVrzhuY0IwbEsM24Vh4spOJTGhAc"
    "I8fvu2BM48Vy7QMi2xlZaNqkSEjYh0gwcrqh0MD9aPF5LukV/4LJIza0eFEn2yEFKtnWRe"
    "t3WWKYD98ubbxfUEfb2dfLq6u/K6IFCpyETxKCTL3U7Or5PEe7LNQPjCWOYujL5ErWWxY/"
    "tqb1X8n/H45OTd+Pjk7P3b03fv3r4/DpbHdFLROnlx9WexVMYGfHrtdLGsYg+NSAwI9sY2"
    "I/NnhiuO4kBkQHjueBhT4tgantYAPykJfVC7D1bq+O1ZJa11IDEAvVTb3q/eQK2BclIQwH"
    "4RbL53EyeXKjvwiAio+8Dntfuod4RkNHnCVqabipugFFGKcJClVKxM0+A/yEISfRYY624s"
    "S09V/BHNKOadb2l4hlYqRRZBS3UjY0RKtxRi69gWkSo1sl4bzP0/O1hmWxWVcH/xiy4mHF"
    "nEkfY16szBFaZfCjlgCB0OVwQYQofY6+AKs/dJNnLs8tfTFMyFWoWI1JBsdjtWKUjMKoxv"
    "P/8AR/ZpGTek03wvpNOUE5K/Byzt5OXlHyC4LUwbsY11aVVNTAqALgE02Xh0wYpQJ+UGpx"
    "RrHmqgHhbsH5uiHnZEK/MZS8pRhlrGS1GK9DLrMM+LipnvK4LW6jPSCdquVIYMK1SVfEA2"
    "MTG6+f5lcqugyeXV/c0tIjb69WryfXKb1r38ZFll1CvuDF2sXfEzKbEdN6hWuj7VgWrlcA"
    "7ZoFo5xF4H1creJ9nUGanGAWmoEI/fl8F4/D4fZJGWZNVl2bHzIfbzDxHfIQVn+Cx+jbI2"
    "6DKheH8eZCkd2k+KfERY1Vb+VXkLxwxu7GNiuy2Bp2jBd9UGQ3zGpXz77YV7yI/810jJEB"
    "gQtuwj2LIPevMGW/ZD7HXYsu99koXAgFngQmDAnqvaITAgBAbsWWBAiGLTwrDt0oG+INZi"
    "LF158XhfLc7id3HKVrPO32tVxx8QNZaWyhybi+In1XTkEFIkZZlYGAnPB7Q12EoSmF1Xky"
    "zzXDuVZB7+XRC6EYMx2pZmS04E1Wyljuitx6AR6foCARqRwzkbg0bkEHsdNCJ7n2STV4jX"
    "uTocQC4NMkTMavZwHt3RVRi3CTEYuiWGrnfCqYh0XAqArhC+MH4SKgt4tjQAX2aEm0ti81"
    "P5utIAjwoNEObm3XVWvAh7o9r8X8YHaRrs/BAJGaIQJK7YhFAvSByHp9JXEBEZ4DdwMi7x"
    "DZyMc78BkZTYt6j2ElciDIYSAwS4leCT/QjjtDOMm48ttPMIcZ0DeC++xNnxnIoj1w50TL"
    "fCM+Z7C9vQKgcITogNEO3ml0EPM2Eiy8C6ICRtUrBmWNr+BMtqIixtYJWssuWOCe1+s70f"
    "tNsJCBdYgqvgH5eCDuhnbLgb30l/lMGHCBOVIjIEiWV7kQhxv8KIOGxOfiBsMfvZDd0m7o"
    "oUOVIXQwaNyLlp8ueKe7AerNkTtuczdPSJT033EwV9+3opf19Orifi96fzL58m1wq6ndzf"
    "/l1BD874eHz2SpImZiJkx8ylTMzC2BIzRNVntF0Z2grZZIsYebBMQh6RKmLThQyhmZdna9"
    "CVaLfBXqOZ7uCpymYiPN12hd1LM21s8gKF4zVTHzHPp6CZiVUqKBmPmJfDG8NfxH3kWMww"
    "RdFEBr+ThfKhzdGRhYryBNkjvJ+Tjw5jgSlzobMd6w/E0jDPyCHmCM0W/De2NxzxsAResm"
    "yy9ALf8mpU+oh15Fgist7M0PF6Q3iV2vP0ET/P8kkktojjQ1lwkU9CsphR4kLlijXJx2iT"
    "qQKBAXurkQXix+FQAID4cYi9DsSPvU+yMY+BeRWI/fwAbhnCB8Smg9h0vQcaPDQO1LGox2"
    "M2eeIti3JSbohgt2E2SWoUKkCeIVoL9Y6p83cAekRlVM0kGBMbgJtt27ZuXnuWrTt38Qvy"
    "g0Ntct2z8cKhqlkFzagIAJoENFTPVtGNhFIN6EU6NvP2Vw2S1n5F7A9VpviE2OCm+ObJCB"
    "GrTtVvKSEKH1SXPyjXRpfu4nwbfCgBV7PV5z8QV+3iVAxvH5Ma3DTW/E7VVCmb5lw+mB94"
    "Jy41AJh3HXdnbhLtMUfZkD+zxKVgdqk/u6ibjWnUMhLGJWHt7vLaTTFjZq1ejktCL3etlz"
    "tC1PtqYzHtEvsriTN8stKVIrrexs853XhZS4Qo5lklO8xCV9YC2+LmtTtsPxkaRipFYpFG"
    "FGPrI5qZRNWxPkNrceHqvRgHWJeBlcRVIEnhUWIItVfTgyUAo4gRl1V3dHV3g8QX9UrS2U"
    "StC8MWhauG7oZENpgguwkiw7OMi8zzrfOIbEUstQSbzG/YlHoYAPGrrU0sEL+AAgTEL+j1"
    "Wss/EL/2xk0SK/VGzboStjgQciA0QJjPTsooZE7yFTInEGq6wM+7DLo8V4GfdwrfigrFRj"
    "WJHdqENa9JTG+hq2x1s4QHOKSbny/kSSgN9QUhJlatPAO5J5NAeM6F2oI4eLJbbcbFzc11"
    "bCdzcZVUz377fDHha6HEPPSIzWIiqDSL0lhEDvMlBqAib3v+gGt2Czblbdgg+B6cqTarxq"
    "wJRYBZk5wgXNVXFYNOKAGBqRq38ZC52EvUUggkREH/3x0FQMf0/1KNMMpU/RP/ys4irX+Y"
    "qYS+/6/OHNsWZpii4GDturmr6EkMXiz931UkwzoyYuOUp73XrBy3/XaqeFkzDwpzUJh39f"
    "zWT9UpKMwPsdfLKMzBkQycH/vm/Bjsx2uhmyMNB9gkzKCCKZjmgQY6PBooGNtajNzODFYt"
    "9GwgMICZJGHJLHVp7rjg0twxXJrbmVm7K0yIDqkomrdrusqmaY2o4UlJCB6eZRctFTxc2z"
    "hT01gbGQqCXPhjMkPCvsFt9prYzy5IdQZ4tvyQoN51jHzMd9NURHKxsib1or5IiQ7mVLnj"
    "PgjWx6ounynBAexo2uBadMRkdoufjLyrvoM0pchoZkdzvWg1u7Ewcr2CXf8RqQqiivBGcb"
    "VCinQjUeV/IrRy0pzlNyrHZNZw+TL0tefFLNCZuWY4Lh/zpTm64z07uXwlqslyyjm6nFxe"
    "fTq/51k+8gJT9LqZ9K9JiW1XhEq3G4rWDmW8aLrFtnwBg+WHi/ZercKt44FOGUIs90C7DY"
    "bDwzEhgeHwEHsdPG32PslG3dajy2lpM21MCoCG+7V3rtjole27R7iKQ1CVqcDPD5NAiUlA"
    "njBrXp+dJQuglwA9csKtgndCbIBQN29IgUBq4P443NENbMaWw+KDzyP4PA6HusGbadhYn9"
    "p4YxqaWsX3MUt0MMa+hn0g6+CbIQnwJuGFuJVD9WjM+Iiqd3JMEPq4a33cERP8nbbCa/VX"
    "V2sxyrDDxzMoRcZ4KrP6KhCZ90WT/Hd5vbIsggrr9d3/XRsMo4VhyhuMP8SuMhZ/u/W69v"
    "U1H+G+MTpmiG+s1J9wV43AUHa/HBEZnP25qQ1z0v7cle/ItbhkfkFeUvG3E8lUwvtbVOGO"
    "VpeWQZEXNFawJlwfbXGDuKwIecMqxTbxGpbr/918JZLRklSUzhQkn818Jou42N1nrLiXuP"
    "sbwRlSbSw/WHEh+0c04zAZT3jq04DE5ecPlnsfu/vEbX+03UsiQsweHfMuFK1/xuyVImrw"
    "SxDSFt7K29bF2/HZQFyxntzyi1Yntqkzt7GiK0W3zhDHTBCCfO6PN9e4bQ5amE+liZtL5a"
    "gqJNK0eSl6lnYb+Do90N8AX+dwmBvA1znEXi/D1wHVODj6g6P/TmHuixoR7A4F0zw4+g/P"
    "0R+4qzuMEl8F4gFTed6Ucvp/U+D0/wac/jszgwMHEziYwwK9ho1+P8b5vhxeoo6ppQENRQ"
    "DQFNshrumvgGuGJJwCk/ACGQrIUH2G1ze6pXEtvP0kKgYXoFS4AAUC6gM1qW1KhbFcsTxO"
    "hZ+mFJIqorleZlVYfvCO6DW2yLCk1V4zHcqw7VKHlg5/O6QueZfzbEvC60D+S1NF0gC2gn"
    "cg8tItxhtRFM3gWLRepWRcLPh7U8GNcLMYTDA5pDpLMCSE1QuRxYI//4hssqWSZKGi4EoQ"
    "j7cgS5E3/5qmS6vgT58fLD76NWxbCqJE5iO2jm3xDluXhcUzIU1QSXQibhIggmHF+HvVua"
    "n3kScIsVgEPZcZoQATodunTWAiHI5NGpgIh9jrZZgIYH3ZkUoPLjdtyVHP34OURdbPP8BR"
    "23yg8K7EU+4UzHCzdJvx2Nu4WZqvl8SxNTyt4QWSJTtA3E/GJWA/GeeiLpISoXvFATWNdD"
    "6nJhAAOk19Os2SWFW1rr4IaFxf0Lh2RRPH8GaUpYUTz5VCDZyfo1RsXpFbKpgsJDRE6w37"
    "IFx3+OZfw5QqaMEP+w4fiiLSrcQ/7W3ESygIztt0BZluO17JRW47oHAChVNXF+l+qh5A4X"
    "SIvQ4Kp71PshGGTmzdKwt0XAqABl71fsHls49R0dUoKgIxa7PIOeB92O6Q1StHT43KDMAD"
    "YAcqPYFYRZtKRGRwGDdvV8E/DMbBy3KtyJ16YzK15t6Oae+a56FD0E4I2jkc1yts2yTjlo"
    "Z8HX8gADr++jp+niTaXwH2UAJwr487uIrvF38927ZVcAeonm3a6q+Hxo6v/mSEqWY1yAMR"
    "wLwe5hubiI+ATmvsZrJkYVtTeVsTwEgWC4ozVtqiDyBDGD6Fep8CfTQ2G5xxyC/2IgulgN"
    "JQwYmMMtWuZ5CLS4ILWXfsb2mz68KwDLqq1c0JUejnrvVzRwhK8j7sHFfBIE0pIiqxaK4S"
    "UcuF9xtBfEmwLbSwydpzdhOME74E50ZD9huTw1FqqFzp9Ec3WAt9/rYqRSrlp0J0xKfOJW"
    "aKcAHkL78OWU8Kohs+WStINZfENtiKp634mLQ3qs0xZbxuBfHftqEpD5b44KZzR+dlTSnm"
    "41q4IVKM9VeK8GaUfogMb6jrXyiKFRGjicOQoVPpr7hR2YrW8QJsM9BxvOym7iZPVOJ1Z7"
    "PxlDMjNkOk5t4Y9ICudjjEJaCrHWKvl6GrAVcCIjX3LTYXRGreCcxgbC6Y5iFS8/DMb0Dd"
    "3tGqmH0eLQt4tjQAXzrYbZ0gtwByaZCBL99uHHKhaayyQPr5f2pp7BrOu14bPb+ZKoFEoy"
    "JwiEntrnsbd3xH7NnmJ2awDIJlsHXLoKGao0yzoOGyxopsgn6WUtELNNXSDTHg3OCYM9mZ"
    "Mz6uDKx/KLCphbE7DSaMZRof1tnhCxqvoUz8Amc95ykQwQBMQj3ZifXUOAAmoUPs9TImIV"
    "CDQQSDYQHtbSpSIOceXUMBcLDPuhzH3/pVGrdRoQEO2+aDkya21VV0Xhmiu1d/jf4YxPSf"
    "O4bJDIu+FtX+aQ8Gu1aUYi45sXIwhITYAL+F5oNtepg9qaaTgfUvJlFzTdJxwQTaCyE5KH"
    "XN5c23i+sJ+no7+XR1d+WN+mB/KRPFo9BR4nZyfp263kgSbCsBHZGpiXHXxnTLIM8xzfK8"
    "KvL88UXA7acfkUy/bcRtaqMMfaCXohQpBJ0wz4sawXvBfzcJk+FGkXCHX4tikFuGf8WPNJ"
    "0zYuMUo99tT46fQNOF75N/D5pE0CR2dL3pqU4JNImH2OtALt+7WgvI5UAuB3J5u9MDkMuB"
    "XA7k8j6tigvDxJVVsjGhAcI8fvu2BM48V0GI2rdJpL3SUzAXBQ8KZYZkWdtx2KA6UZsgWN"
    "PPok5X6vjtWaXjTCAxgA1L+/GYNwZfP2uoCOKSA1QR9FclkNYEQUTdXe0+O2IDOce2oa1G"
    "GTYQL0UpsoGoYZ6XbCD54L9sb6hkFchdYzN36RnrqzcYu2sTaOSwn28DqHFL6bAvJ21ley"
    "4+qgoIe9kHiG4rXoi8RoatSkHKIyLgi9inxez3/wLePHmS"
)
