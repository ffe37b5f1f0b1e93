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
) CHARACTER SET utf8mb4 COMMENT='One Workflow of a training. States: states.AttemptState; run once, never created twice.';
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
) CHARACTER SET utf8mb4 COMMENT='A named table; its versions are immutable.';
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
) CHARACTER SET utf8mb4 COMMENT='An immutable table on the volume. States: states.DatasetVersionState.';
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
) CHARACTER SET utf8mb4 COMMENT='One line of a project\'s feed; `sequence` has no gaps and its order is commit order.';
CREATE TABLE IF NOT EXISTS `member` (
    `id` VARCHAR(16) NOT NULL PRIMARY KEY,
    `created_at` DATETIME(6) NOT NULL,
    `updated_at` DATETIME(6) NOT NULL,
    `project_id` VARCHAR(16) NOT NULL,
    `subject` VARCHAR(128) NOT NULL,
    `role` VARCHAR(16) NOT NULL,
    UNIQUE KEY `uid_member_project_e0e7bd` (`project_id`, `subject`),
    KEY `idx_member_subject_efed33` (`subject`, `project_id`)
) CHARACTER SET utf8mb4 COMMENT='Who may do what in a project: role OWNER, EDITOR or VIEWER.';
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
) CHARACTER SET utf8mb4 COMMENT='A named model; each successful attempt that trains for it adds a version.';
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
) CHARACTER SET utf8mb4 COMMENT='What a successful attempt made: signature, evaluation, and one file with its sha256.';
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
) CHARACTER SET utf8mb4 COMMENT='A mutation\'s outbox entry. States: states.OperationState.';
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
) CHARACTER SET utf8mb4 COMMENT='A pod of an InferenceService as last seen; `loaded` maps TrainedModel or InferenceService';
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
) CHARACTER SET utf8mb4 COMMENT='A Kubernetes namespace with a volume and a datastore. States: states.ProjectState.';
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
) CHARACTER SET utf8mb4 COMMENT='One object that serves, or served, for a serving. States: states.RevisionState.';
CREATE TABLE IF NOT EXISTS `schema_version` (
    `version` VARCHAR(64) NOT NULL PRIMARY KEY
) CHARACTER SET utf8mb4 COMMENT='Which tables an SQLite file has: the hash of the models that made it.';
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
) CHARACTER SET utf8mb4 COMMENT='A name that answers predictions with one model version. States: states.ServingState.';
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
    `gone` BOOL NOT NULL,
    KEY `idx_sighting_kind_69a5f1` (`kind`, `namespace`, `name`)
) CHARACTER SET utf8mb4 COMMENT='An object as last seen in the cluster: the guard against going backwards, and the sweep\'s view.';
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
) CHARACTER SET utf8mb4 COMMENT='One step of an attempt: preprocess, features or train. States: states.StepState.';
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
) CHARACTER SET utf8mb4 COMMENT='What to learn from which dataset version. States: states.TrainingState.';
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
) CHARACTER SET utf8mb4 COMMENT='One candidate that `train` tried: algorithm, hyperparameters and what it reached.';
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
) CHARACTER SET utf8mb4 COMMENT='A resumable upload\'s slot in the datastore. States: states.UploadState.';
CREATE TABLE IF NOT EXISTS `aerich` (
    `id` INT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    `version` VARCHAR(255) NOT NULL,
    `app` VARCHAR(100) NOT NULL,
    `content` JSON NOT NULL
) CHARACTER SET utf8mb4;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        """


MODELS_STATE = (
    "eJztXWtz27oR/SsYfbnODJtxZMdJk05n7Fi3devEqe3c9JGOBImQxJoiVAK04rm9/70ASI"
    "pvmmRIiaT2SxwRWIA8eO+eXfw6WFGdmOzlOedkteaDd+jXgYVXRPwnnqShAV6vgwT5gOOp"
    "qfLiUKYp4zaeybLm2GREPNIJm9nGmhvUkplvLIK+UvthbtINonOEkRAwLMNavER3HHPC3i"
    "Gm/vqVq6fvke1YiFozUaRFHomNZjYRz3XEN8aMvJSV63QmahclNVjPN+ubNdmIcifIYIgv"
    "CfK+Hm2WlBFEHb52OEMGR1PHMHUmykJHhnhCNxaynNVUFLlZEkvlIAtsoblNV6ok8To2fy"
    "GqmMyoaZKZqHXyTry2IZDU0NqmC5swhrClawjPuSiIObOZeKQpcdUyaENsgsQrixem6jGx"
    "dIWOYxn/dciY0wURj22B0b/+NfAxGRu6zOO+3+Df/xb/NyydfCdM5vt1MDeI+Bb5/8H23a"
    "SAEJN5yfe1fDXRxCqPfOR1JMsxTdlXntaqqwxUZlGr+vGbhiJFb7z2Gjs/WK7MuH4Yq6Ij"
    "3dr9TPV87Mt+WGL7Z5VT9qHpWHygs7KC3OsnvqTWNrvoYvLpgljElh0j1NXlS3mDwn/koj"
    "6QzeiQLap68EAnc+yYPPgk8QbBs8F4/Onmfnw3uh+PB4nB5EuE+r33aCYQU23Lmfr+Ff4+"
    "Nom14Evx89XZb249AQ5uLlnhL+e3H/58fnv06uyFrJCK0eyO8k9eylAl/aaKwByPg/YLYP"
    "bGzBjzJNyXIoUbK5IOeVQyBr3uib70/1OlIfwHQUsEM9UumkKOzRvLfPK6QE5T3F99HN3d"
    "n3/8LKtbMfZfU+F3fj+SKUP19Cn29CjebNtC0Ner+z8j+RP98+bTSMFLGZdzSiTf/T/luB"
    "xgh9OxJcYi1kO91X/qo6ZGsN/qzlqv2OpRSWj1trS6j1Go2b23D1pdrEv/EevBuNzUGpWq"
    "Z4rddxs3MskGQMfW6qJIx8QA6gJQe/ugBMpXFk8HORCI4SveuIv4LuRL/G746vTN6duTs9"
    "O3Iot60e2TNzmQX326j+EpN3Yl0PSzA5YpWKpt/licTOS2uORckCYLE0KBCUGdFMsgvRUA"
    "eAvAuz34qQclYE4I9hDus5MCcJ+dZMItkzLgdspNH3G53YE9GOwG6tMiUJ9mQ30ah3pFGM"
    "OLlD59T75nrH4hkR4AnHfSGf39PnLI8YE8+nj+9xeRg871zac/+dlDwH+4vrmIAT416exB"
    "HCWnT0nM/3J38ykd86hU/ABqzDj6HzINVmT/4Z2U2zKX5OAv4cjHPw61Fj09ygLi+BPbpi"
    "k752zotwKAenXURZJ8/xKwBxKAe3XcN9iWZ2tWBvmwzA9hX22i/8PcsWYSV2Wg4IbFXsr6"
    "/riHBaCRJlFWlEpayKhkDVrI7gyOlisdk7rmuWEZbFmpmWOi0M5tbueItTHayheUmgRbGX"
    "aksFysiadCsKnpdftkt+16cXNzHWnSi6v4XvnLx4uROJarthSZDO7q4JR+SdpL5w8hU558"
    "MMWzB7FW6eNECh3SrLzJpNVwFX+CLXG+0b3vlF/lsQ3EuMWMpBIR/CQtj4ighzI9S0Q4R7"
    "IKHSnp90ia6D3FGEPYJshYrRyVluQWlBNNNbxH7R/qY3Ot7tH8YB7vgHoLzOOHYygF8/gh"
    "tjqYx/c+yYZstiVNBz22GLw6Pi6C7vFxNrwyLYpv+M0SMGdrs2NioNEurdH2t5ZJ1DMN6G"
    "GR3RnRj5vq3DVb0LtgzB3cjs4v/9FUF25iLm7XGfIXdwQMso+Sfg6twInSp0wUPFlawQnQ"
    "PSNKErjkYj/KLkUSBPToG6nElENnXaWmnkf9Dy3OA6/1RBojgm8HHBx0Wz/uNTjoHtCRBw"
    "66h9jqRQ66XdhVdW5qDeD14Eg9fWWeA6JCuzsJvOrISYBOGbEfxYRTCd0MaThwJSjLQILb"
    "rcoASHD75aCA0ndHq2L02FoU6KgUAA0eUTtfEp21SbFest9GhKDbFui2c8MkpZ1KIkI9hH"
    "n4+nUBnEWuTKBVWmwrrV6qFBE2JNIOHqystjc8WD9eSLJFfhazSMasHRaKtclcSjV2knnZ"
    "1FkmB/bLmy8X1yP0+Xb04eruymuCrUpFJcpHAVnudnR+HSfe000KwhfGInNh9CUqLYst21"
    "d7q+Lvh8OTkzfD45Ozt69P37x5/fZ4uzwmk/LWyYurP8mlMtLhk2uni2UZe2hIokew17YZ"
    "mT5xUrIXb0V6hOeOuzGjjj0j4wrgxyWhDSq3wRIPX5+V0lpvJXqgl2ra+9XrqBVQjgsC2M"
    "+CLfZu8uRSZgceEgF1H/i8th/1lpCMRo/ESnVTcRO0PEoR2WYpFCvTNMQ/Kn6lpx7+iaE5"
    "Ifp7NGFEtLs1IxO0xAxZFC3wWoWHVB4p1NaJLYNUzuhqZXD3d3qczAbqKOD04hedTzOyqK"
    "OsasyZggNMt9RwwAs6HIYI8IIOsdXBAWbvk2zosOWvpwmYc3UJIak+Wep2rEhQmJXo337+"
    "Hvbs0yLOR6fZvkenCdcjfw9Y2LXLy99DcBuYNiIb68IKmogUAF0AaLr2SIIloY7L9U4VVj"
    "/UQDjM2T/WRThsiS7mI1FEoxRljJei5WljVkGeZ9UxX5cUrfAT0inaLDFHhhVoTN4hm5oE"
    "3Xz9NLrV0Ojy6v7mFlEb/XI1+jq6TapdfrCsIuoVd4bO1674mbTIjhtUK22f6kC1cjiHbF"
    "CtHGKrg2pl75Ns4oxU4YDUV4iHb4tgPHybDbJMi3Pp0qzX2RD7+fuIb59CMnyUfwZpG3SV"
    "kL8/32YpHNBPibxHBM+W/gV5c8fc3tPH5XZbAc/QXOyqDY7EjMvE9tsL8pAd76+WkiEcIG"
    "zZB7Bl7/XmDbbsh9jqsGXf+yQL4QDTwIVwgB1XtUM4QAgH2LFwgBC7poFu26YDfU6ExUi6"
    "9uzxvlx0xa/ylI3Tzt8rrJN3iBkLC3PHFqLkEZuO6kKaoixTiyDp74A2Bl8qArPrYJJmnm"
    "umktTDvwtCOyIvht+l3pJjoTQbqSN81zFoRNq+QIBG5HDOxqAROcRWB43I3ifZ+MXhVS4M"
    "B5ALgwxxsuo9nId3dCX6bUwMum6BruudcEoiHZUCoEsELYyehIoCni4NwBfp4eaC2uJUvi"
    "rVwcNCPYS5fnedpSjCXmNb/OSikybBzg6MkCIKoeHyTQjVQsMJeEqNgpBID8fAybDAGDgZ"
    "Zo4BmRTbt2B7QUoRBgOJHgLcSMjJbgRv2hnG9UcU2nlcuNYBvBdf4vQoTvnxanvapxvhGY"
    "u9hW3MSocFjon1EO36l0EPM2kiS8E6JxBtXLBiMNruhMiqIxjt1ipZZssdEdr9Zns/aDcT"
    "Bm5rCS6Df1QKGqCbEeFufCf9QQofIkjU8sgQNJKtgL+DvA1S/vqJIerwKf2OiMXtp8RNkN"
    "v6s66WrFrSN+ubNXkk9nSCjj6ICel+pKEvny/V38vR9Uj+/XD+6cPoWkO3o/vbf2jomzM8"
    "Hp69UFSJiQzUMXGJEpMgosQEMfyENktjtkQ23SBOv1kmpQ8I8/doEvCCJl6ejcGWMnydwV"
    "+iie6QMeYTGZRusyTuBZk2MUWB0t2a4wci8mloYhLMJBHjgYhyxMuID3EfORY3TFk0VSHv"
    "VKGiQws8VKGyPEnxCO7iFH3CmBPG3Qh6tmP9jlozIjIKdAVCk7n4S+y1ADsoQZSsXln5fm"
    "9ENZg9EB05loynNzF0slpTUeXsafxAnibZ1BFbRu9hfHtpT0wyn0fiQuWK1cnCaJKfAuEA"
    "O6uHBbrH4Rj+ge5xiK0OdI+9T7IRP4FpGYj9/ABuEZoHRKSDiHSdBxr8Mg7UnajDfTZ+4i"
    "2Kclyuj2A3YSyJaxRKQJ4iWgn1linxdwB6SGVUzhAYEeuBc23TFm5Re5qFO3Px2+YHN9r4"
    "umeTucOwWQbNsAgAGgc0UM+W0Y0EUjXoRVo283ZXDZLUfoXsD2Wm+JhY76b4+ikIIatO2b"
    "EUE4UB1eYB5drokk2cbXkPJOAatuqsB+qqXZySQe0jUr2bxurfqZqY8XHGRYPZ4XaiUj2A"
    "edfRdqYmnT1kKBuyZ5aoFMwu1WcXvF6bRiUjYVQS1u42r92McG5WauWoJLRy21q5JfS8zz"
    "aR0y61P9MowyctXcsj6a39nOO1l7UAUU9kVewwC11Zc2LL+9buiP1ozAjCDMlFGjFCrPdo"
    "YlKsE32CVvKa1XvZD4iuwinJC0DiwoNYF2qupm+WBIwhTl1W3dHV3Q2SI+qForPJWueGLQ"
    "vHhu4GQja4JLtJIsOTioYs8q2yiGx5LLUYm8x/sTHzMADiV1ObWCB+AQUIiF/Q6pWWfyB+"
    "7Y2bJFfqNU67CDY//PFWqIcwn50UUcicZCtkTiDAdI53dxF0Ra4c7+4EviUVirVqElu0Ca"
    "tfk5jcQpfZ6qYJ97BL1z9fqJNQEuoLSk2CrSwDuScTQ3gqhJqCePtkt9qMi5ub68hO5uIq"
    "rp798vFiJNZChXngB5vGRMAsjdKYRw7zJXqgIm96/oDLdXM25U3YIMQenGObl2PWBCLArI"
    "lPEK7qq4xBJ5CAcFS123joVO4lKikEYqKg/2+PAqBl+n+lRhikqv6pf1FnntY/yFRA3/9X"
    "Z0psi3DC0PZg7bq5Y/QoOy9R/u8YqWCOnNok4WnvvVamx34TVTyvmQeFOSjM23p+66bqFB"
    "Tmh9jqRRTm4EgGzo9dc37c7scroZshDQfYOMyggsmZ5oEG2j8aKBjbGozXzg1eLuDsVqAH"
    "M0nMklnoqtxhzlW5Q7gqtzWzdluYEC1SUdRv13SVTeMKscLjkhAyPM0uWihk+GztjE1jZa"
    "QoCDLhj8j0Cfsat9kraj+5IFXp4OnyfYJ615HxidhNMxnJxUqb1PPaIiHam1Pljttguz6W"
    "dflMCPZgR9ME16IlJrNb8mhkXfC9TdPyjGZ2ONezVrMbiyDXK9j1H1GqIKZJbxRXK6QpNx"
    "KsfsnQynFzlv9SGSazmstXoa89L2aJzsQ1wwn5iC/N0Z1o2dHlC1lNmlPO0eXo8urD+b3I"
    "8l4UmKDXTZR/TUJss6RMud0wtHIYF0WzDbHVBxg8O1y092kl7hrf6pQhxHIHtNtgODwcEx"
    "IYDg+x1cHTZu+TbNhtPbycFjbTRqQAaLhVe+eKjU7ZvjuEqzwElZkK/PwwCRSYBNQJs+Kl"
    "2WmyAHoB0EMn3DJ4x8R6CHX9hhQIpAbuj/3t3cBmbDgsPvg8gs9jf6gb4jUNm+hjm6xNY4"
    "bL+D6mifbG2FezD2QVfFMkAd44vBC3sq8ejSmDqHwjRwShjdvWxi0xwd/NlmSFf3G1FoMU"
    "O3w0g5ZnjGcqq68CUXmfNcl/VdcrqyKYtF7f/e3a4ATNDVPdYPwucpWx/L9br2tfX4ke7h"
    "ujI4b42kr9AXfVEAxF98shkd7Zn+vaMMftz20ZR67FJXUEeUn5YyeUqYD3t6zC7a0uLYMh"
    "L2isZE24PtryBnFVEfK6VYJt4r1Ypv93/ZUoRktcUTrRkHo28Zks8mJ3n7HiXuLubwQnCN"
    "tEDVh5Ift7NBEwGY9k7NOA5OXn3yz3Pnb3ifv+4fdeUBli9uhYNKF8+yfCX2iyBr8EKW2R"
    "jbptXX6dmA3kFevxLb9869g2deK+rGxK2awTJDCThCCf++PNNe47b98wm0oTNZeqXpVLpG"
    "nyUvQ07TbwdTqgvwG+zuEwN4Cvc4itXoSvA6pxcPQHR/+dwtwVNSLYHXKmeXD075+jP3BX"
    "dxglvgzEPabyvCrk9P8qx+n/FTj9t2YGBw4mcDD7BXoFG/1+jPNdObyEHVMLAxqIAKAJtk"
    "NU018C1xRJOAXG4QUyFJChugyvb3RL4pp7+0lYDC5AKXEBCgTUB2pS05QKY7HkWZwKP03L"
    "JVWEcz3PqrD84B3ha2yRYSmr/cx0GCe2Sx1aOOLrEF6IJhfZFlTUgfyPZpqiAchsbEPI+i"
    "eGHg2ySSFYNF9fyXtwH0SCFIvEp3N5BxrY+dt9lgM7/+FYfMHOf4itXsTOD7aNHSnM4OrQ"
    "htzg/D1IUWT9/D3stfWH4W5LtOJWwQz3NjcZ7byJe5vFekkde0bGFXws0mR7iPvJsADsJ8"
    "NM1GVSjONGrbLaNV8ENGvPaNbaonHhZD1I07bI51qupsXPUSgGq8wtvSGwhTDnZLXm76SL"
    "htiGzghjGpqLY6cjBqqMaKrwT3qViBJygrDWXUGqe4ZXcp57Bqg+QPXR1uWim4dgUH0cYq"
    "uD6mPvk2yIiRFZ94oCHZUCoIE/u19wxexjlHQpCYtAbNI0EgZ4mTXbZfXSUTLDMj1geu9A"
    "uSQRK6ndD4n0DuP6Nfzku8EFeGkU+sypNyJTae5tGUeofr4xBGeE4Iz9cbEhtk1TovFn+0"
    "duBcA1srprpEiS718C9kACcK+OO7gE7xd/Pd22lXPXo55u2uouE3/HVzxyyrFZDvKtCGBe"
    "DfO1TeUgYOMKu5k0WdjWlN7WbGGk8zkjKStt3gBIEYahUG0osAdjvSYph/x8b6FACigNJZ"
    "yFGMd2NYNcVBJchdpjf0uaXeeGZbBlpWaOiUI7t62dW0JQUvceZ7iEbdO0PKISD+cqEJ0a"
    "cxktViwJtoXmNl2hjQotLRknYgnOjHrrv0wGR6mmclU4XbYmMxn3VpQgCt1ghjATp0J0JK"
    "bOBeEaEtsG8fGrgPWkIbYWk7WGsLmgtsGXIm0p+qS9xrbAlIu6NST+2sZM+2bJATeeOroo"
    "a8yI6NfS44wRor/QpOOa8jvjZM2QpBYgWayMDEwdjgydKde0NeZLVsUfrcmAttGy67qDOl"
    "aJ15z1xs1NjcwLEXk7Y9ADutrhEJeArnaIrV6ErgZcCYjI27UYTBCRdycwg7E5Z5qHiLz9"
    "M78BdXtHq2L6ebQo4OnSAHzhoKZVgpkCyIVBBr58s/GmpaaxzALp5/+hpbFtOO96bfT8Zs"
    "oEjAyLwCEmsbvubHzpHbFn65+YwTIIlsHGLYMGNgepZkHDZY3l2QT9LIWiF8ywpRuyw7l3"
    "S05UY05EvzKI/i7HpqZsYcpIZ3BpLJuJbp0evqD2GorEL3BWU5ECEQzAJNSRnVhHjQNgEj"
    "rEVi9iEgI1GEQw6BfQ3qYiAXLm0TUQAAf7tEtQ/K1fqX4bFupht60/TGZsW11G55Uiunv1"
    "1+APc8dS192jqWOY3LDYS1ntH/dgsGtEKeaSE0sHQ4iJ9XAs1B/20cPsEZtOCtY/mxRnmq"
    "SjgjG051KyV+qay5svF9cj9Pl29OHq7srr9dv9pUqUjwJHidvR+XXiGhtFsC0FdEimIsZt"
    "69MNgzwlLM3zKs/zxxcBt59uRDL9spa3Zg1S9IFeipanEHSCPM/fGoOkC/xKiiJX7ieGmE"
    "m5f5GLsppzapMEmd99lQwXgRrL3SfrHvSHoD9s6SrTUU0S6A8PsdWBUr53ZRZQyoFSDpTy"
    "ZqcHoJQDpRwo5V1aFeeGSUorYiNCPYR5+Pp1AZxFrpzAtK/jSHulJ2DOCxkUyPTJnrbjYE"
    "FVYjVBiKYfRZ0t8fD1WanjzFaiBxuW5qMwrw2xflZQEUQle6gi6K5KIKkJgji6u9p9tsTy"
    "cU5sY7YcpFg+vBQtz/KBgzzPWT6ywX/e3lDKKpC5xqbu0lPWV68zttcmUMthP9sGUOGWzH"
    "5fjtnI9lwOqhIIe9l7iG4jvoeiRk6sUqHJQyLggdilxey3/wNkk75m"
)
