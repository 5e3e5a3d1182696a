package org.moraine.registry.blob;

import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.moraine.blobs.BlobStore;
import org.moraine.blobs.Bucket;
import org.moraine.blobs.Store;

/** The bucket, opened when the service starts, and whether it answers. */
@Readiness
@ApplicationScoped
class Storage implements HealthCheck {

    private final BlobStore store;

    Storage(BlobStore store) {
        this.store = store;
    }

    @Produces
    @Singleton
    @Startup
    static BlobStore open(StorageConfig config) throws IOException {
        return BlobStore.open(bucket(config, config.endpoint()));
    }

    /** The bucket, where it answers under an address. */
    static Bucket bucket(StorageConfig config, URI address) {
        return new Bucket(new Store(address, config.region(), config.accessKey(), config.secretKey()), config.bucket());
    }

    static void close(@Disposes BlobStore store) {
        store.close();
    }

    @Override
    public HealthCheckResponse call() {
        try {
            store.check();
            return HealthCheckResponse.up("object store");
        } catch (IOException e) {
            return HealthCheckResponse.named("object store")
                    .down()
                    .withData("reason", String.valueOf(e.getMessage()))
                    .build();
        }
    }
}
