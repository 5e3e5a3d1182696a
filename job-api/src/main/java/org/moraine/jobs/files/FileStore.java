package org.moraine.jobs.files;

import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.moraine.blobs.BlobStore;
import org.moraine.blobs.Bucket;
import org.moraine.blobs.Store;

/** Opens the bucket of files, and says whether it can be reached. */
class FileStore {

    @Produces
    @Singleton
    Store store(FilesConfig config) {
        return new Store(config.endpoint(), config.region(), config.accessKey(), config.secretKey());
    }

    @Produces
    @Singleton
    BlobStore open(FilesConfig config, Store store) throws IOException {
        return BlobStore.open(new Bucket(store, config.bucket()));
    }

    void close(@Disposes BlobStore store) {
        store.close();
    }

    /** Ready while the bucket answers. */
    @Readiness
    @Singleton
    static class Health implements HealthCheck {

        private final BlobStore blobs;

        Health(BlobStore blobs) {
            this.blobs = blobs;
        }

        @Override
        public HealthCheckResponse call() {
            try {
                blobs.check();
                return HealthCheckResponse.up("Object store");
            } catch (IOException e) {
                return HealthCheckResponse.named("Object store")
                        .down()
                        .withData("reason", String.valueOf(e.getMessage()))
                        .build();
            }
        }
    }
}
