namespace StreamNer.Host.Web.Answers;

/// <summary>Writes problem details (RFC 9457): what is wrong, the value, the limit, the way out.</summary>
internal static class Problem
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Answers with a problem.</summary>
    public static Task WriteAsync(HttpContext context, int status, string detail) =>
        TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);

    /// <summary>Answers that it may work later.</summary>
    public static Task WriteUnavailableAsync(HttpContext context, string detail) =>
        WriteLaterAsync(context, StatusCodes.Status503ServiceUnavailable, detail);

    /// <summary>Answers that too much is asked at once.</summary>
    public static Task WriteTooManyAsync(HttpContext context, string detail) =>
        WriteLaterAsync(context, StatusCodes.Status429TooManyRequests, detail);

    private static Task WriteLaterAsync(HttpContext context, int status, string detail)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return WriteAsync(context, status, detail);
    }
}
