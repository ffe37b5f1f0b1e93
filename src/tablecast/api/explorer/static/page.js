// GraphiQL on this server's own endpoint: queries and mutations by POST, subscriptions by
// graphql-transport-ws, both with the Authorization that the header editor holds.
(function () {
  "use strict";

  const { React, ReactDOM, GraphiQL, GraphiQLPluginExplorer, graphqlWs } = window;
  const endpoint = new URL("graphql", window.location.href);
  const socketEndpoint = new URL(endpoint);
  socketEndpoint.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

  function authorizationOf(headers) {
    const name = Object.keys(headers).find((key) => key.toLowerCase() === "authorization");
    return name ? { authorization: headers[name] } : {};
  }

  function operationOf(params) {
    const { parse, getOperationAST } = GraphiQL.GraphQL;
    const document = parse(params.query);
    return getOperationAST(document, params.operationName) || getOperationAST(document);
  }

  // The variables' linter takes every non-null input field for a required one, its default or not.
  function withoutDefaulted(result) {
    const schema = result.data && result.data.__schema;
    const inputs = schema ? schema.types.flatMap((type) => type.inputFields || []) : [];
    const defaulted = inputs.filter((input) => input.defaultValue && input.type.kind === "NON_NULL");
    defaulted.forEach((input) => (input.type = input.type.ofType));
    return result;
  }

  async function post(params, headers) {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    return withoutDefaulted(await response.json());
  }

  function failure(error) {
    if (Array.isArray(error)) {
      return { errors: error };
    }
    const closed = error && error.code ? `The connection was closed: ${error.code} ${error.reason}` : "";
    return { errors: [{ message: closed || String(error.message || error) }] };
  }

  // One connection a subscription: each begins with the headers of its own tab.
  function follow(params, headers) {
    return {
      subscribe(observer) {
        const client = graphqlWs.createClient({
          url: socketEndpoint.href,
          connectionParams: authorizationOf(headers),
          retryAttempts: 5,
        });
        client.subscribe(params, {
          next: (result) => observer.next(result),
          error: (error) => {
            observer.next(failure(error));
            observer.complete();
          },
          complete: () => observer.complete(),
        });
        return { unsubscribe: () => client.dispose() };
      },
    };
  }

  function fetcher(params, options) {
    const headers = (options && options.headers) || {};
    const operation = operationOf(params);
    // Right after an edit GraphiQL still sends the name of the operation that was there before.
    const operationName = operation && operation.name ? operation.name.value : undefined;
    const request = { ...params, operationName };
    const follows = Boolean(operation) && operation.operation === "subscription";
    return follows ? follow(request, headers) : post(request, headers);
  }

  async function start() {
    const examples = await (await fetch(new URL("graphiql/examples.json", window.location.href))).json();
    // GraphiQL fills the first of new tabs with its document alone; tabs that it kept it fills itself.
    const kept = window.localStorage.getItem("graphiql:tabState");
    const first = kept ? {} : { variables: examples[0].variables };
    const plugin = GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false });
    ReactDOM.createRoot(document.getElementById("graphiql")).render(
      React.createElement(GraphiQL, {
        ...first,
        fetcher,
        plugins: [plugin],
        defaultTabs: examples,
        defaultEditorToolsVisibility: "variables",
        isHeadersEditorEnabled: true,
        shouldPersistHeaders: false,
      }),
    );
  }

  start();
})();
