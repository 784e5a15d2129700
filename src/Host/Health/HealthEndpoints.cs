namespace StreamNer.Host.Health;

/// <summary><c>GET /health/live</c> and <c>GET /health/ready</c>.</summary>
internal static class HealthEndpoints
{
    private sealed record LiveAnswer(string Status);

    private sealed record ReadyAnswer(string Status, IReadOnlyList<string> Reasons);

    /// <summary>
    /// Adds the endpoints. Live says that the actor system lives and answers; ready says that documents would flow, or why not.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", async (Liveness liveness, CancellationToken stop) =>
            await liveness.ReasonAgainstAsync(stop) is { } reason
                ? TypedResults.Json(new LiveAnswer(reason), statusCode: StatusCodes.Status503ServiceUnavailable)
                : TypedResults.Json(new LiveAnswer("live")));
        endpoints.MapGet("/health/ready", async (Readiness readiness, CancellationToken stop) =>
        {
            var reasons = await readiness.ReasonsAgainstAsync(stop);
            return reasons.Count == 0
                ? TypedResults.Json(new ReadyAnswer("ready", reasons))
                : TypedResults.Json(new ReadyAnswer("not ready", reasons), statusCode: StatusCodes.Status503ServiceUnavailable);
        });
    }
}
