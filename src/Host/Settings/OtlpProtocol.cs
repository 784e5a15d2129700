namespace StreamNer.Host.Settings;

/// <summary>How traces and metrics travel to a collector.</summary>
internal enum OtlpProtocol
{
    /// <summary>gRPC, usually at port 4317.</summary>
    Grpc,

    /// <summary>HTTP with Protobuf bodies, usually at port 4318.</summary>
    HttpProtobuf,
}
