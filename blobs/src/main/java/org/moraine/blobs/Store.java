package org.moraine.blobs;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/**
 * An object store and how one is let in.
 *
 * @param endpoint such as {@code http://127.0.0.1:9000}
 * @param region such as {@code us-east-1}; it goes into the signatures
 */
public record Store(URI endpoint, String region, String accessKey, String secretKey) {

    /** The region of a store that has none of its own. */
    public static final String USUAL_REGION = "us-east-1";

    /**
     * As the environment says: {@code MORAINE_S3_ENDPOINT}, {@code MORAINE_S3_ACCESS_KEY}, {@code MORAINE_S3_SECRET_KEY},
     * {@code MORAINE_S3_REGION}; empty where it says not enough.
     */
    public static Optional<Store> of(Map<String, String> environment) {
        String endpoint = environment.getOrDefault("MORAINE_S3_ENDPOINT", "");
        String accessKey = environment.getOrDefault("MORAINE_S3_ACCESS_KEY", "");
        String secretKey = environment.getOrDefault("MORAINE_S3_SECRET_KEY", "");
        String region = environment.getOrDefault("MORAINE_S3_REGION", "");
        return endpoint.isEmpty() || accessKey.isEmpty() || secretKey.isEmpty()
                ? Optional.empty()
                : Optional.of(new Store(
                        URI.create(endpoint), region.isEmpty() ? USUAL_REGION : region, accessKey, secretKey));
    }

    @Override
    public String toString() {
        return endpoint + ", access key ***";
    }
}
