namespace StreamNer.Host.Health;

/// <summary><c>GET</c> and <c>HEAD</c> of <c>/health/live</c> and <c>/health/ready</c>.</summary>
/// <remarks>Some load balancers ask for the head alone.</remarks>
internal static class HealthEndpoints
{
    private static readonly string[] Methods = ["GET", "HEAD"];

    private sealed record LiveAnswer(string Status);

    private sealed record ReadyAnswer(string Status, IReadOnlyList<string> Reasons);

    /// <summary>
    /// Adds the endpoints. Live says that the actor system lives and answers; ready says that documents would flow, or why not.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/health/live", Methods, async (Liveness liveness, CancellationToken stop) =>
            await liveness.ReasonAgainstAsync(stop) is { } reason
                ? TypedResults.Json(new LiveAnswer(reason), statusCode: StatusCodes.Status503ServiceUnavailable)
                : TypedResults.Json(new LiveAnswer("live")));
        endpoints.MapMethods("/health/ready", Methods, async (Readiness readiness, CancellationToken stop) =>
        {
            var reasons = await readiness.ReasonsAgainstAsync(stop);
            return reasons.Count == 0
                ? TypedResults.Json(new ReadyAnswer("ready", reasons))
                : TypedResults.Json(new ReadyAnswer("not ready", reasons), statusCode: StatusCodes.Status503ServiceUnavailable);
        });
    }
}
