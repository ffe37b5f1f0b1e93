"""The GraphQL documents of the main job, in the order in which it needs them."""

PROJECT_NAMES = "query { projects(first: 100) { nodes { name } } }"

CREATE_PROJECT = """
mutation ($input: CreateProjectInput!) {
  createProject(input: $input) {
    ... on CreateProjectPayload { project { id name } }
    ... on Error { code message field hint }
  }
}"""

FOLLOW_PROJECT = "subscription ($id: ID!) { project(id: $id) { state blockedBy { message } } }"

CREATE_UPLOAD = """
mutation ($input: CreateUploadInput!) {
  createUpload(input: $input) {
    ... on CreateUploadPayload { upload { id url } }
    ... on Error { code message field hint }
  }
}"""

FINISH_UPLOAD = """
mutation ($input: FinishUploadInput!) {
  finishUpload(input: $input) {
    ... on FinishUploadPayload { upload { id state } }
    ... on Error { code message field hint }
  }
}"""

CREATE_VERSION = """
mutation ($input: CreateDatasetVersionInput!) {
  createDatasetVersion(input: $input) {
    ... on CreateDatasetVersionPayload { datasetVersion { id } }
    ... on Error { code message field hint }
  }
}"""

FOLLOW_VERSION = """
subscription ($id: ID!) {
  datasetVersion(id: $id) { state progress rows columns error { code message } }
}"""

CREATE_TRAINING = """
mutation ($input: CreateTrainingInput!) {
  createTraining(input: $input) {
    ... on CreateTrainingPayload { training { id } }
    ... on Error { code message field hint }
  }
}"""

FOLLOW_TRAINING = """
subscription ($id: ID!) {
  training(id: $id) {
    state
    message
    blockedBy { code message }
    modelVersion { id }
    latestAttempt {
      error { code message column hint }
      steps {
        name state startedAt finishedAt
        progress { done total message }
        error { message }
      }
      trials(last: 50) { nodes { number algorithm seconds best metric { name value } } }
    }
  }
}"""

MODEL_VERSION = """
query ($id: ID!) {
  modelVersion(id: $id) {
    algorithm
    metric { name value }
    signature { inputs { name type } }
    evaluation {
      metrics { name value low high baseline }
      importance { column mean }
      warnings { code column message }
    }
  }
}"""

CREATE_SERVING = """
mutation ($input: CreateServingInput!) {
  createServing(input: $input) {
    ... on CreateServingPayload { serving { id } }
    ... on Error { code message field hint }
  }
}"""

FOLLOW_SERVING = """
subscription ($id: ID!) {
  serving(id: $id) { state servable loadedReplicas desiredReplicas blockedBy { code message } }
}"""

PREDICT = """
mutation ($input: PredictInput!) {
  predict(input: $input) {
    ... on PredictPayload {
      predictions { prediction probabilities { label probability } }
    }
    ... on RowsRefusedError { errors { row column code message } }
    ... on Error { code message field hint }
  }
}"""
