namespace StreamNer.Host.Health;

/// <summary><c>GET /health/live</c> and <c>GET /health/ready</c>.</summary>
internal static class HealthEndpoints
{
    private sealed record LiveAnswer(string Status);

    private sealed record ReadyAnswer(string Status, IReadOnlyList<string> Reasons);

    /// <summary>Adds the endpoints. Live says that the process answers; ready says that documents would flow, or why not.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", () => TypedResults.Ok(new LiveAnswer("live")));
        endpoints.MapGet("/health/ready", async (Readiness readiness, CancellationToken stop) =>
        {
            var reasons = await readiness.ReasonsAgainstAsync(stop);
            return reasons.Count == 0
                ? TypedResults.Json(new ReadyAnswer("ready", reasons))
                : TypedResults.Json(new ReadyAnswer("not ready", reasons), statusCode: StatusCodes.Status503ServiceUnavailable);
        });
    }
}
