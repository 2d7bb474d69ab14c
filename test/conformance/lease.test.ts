import { describeConformance } from './describe-conformance.js';
import { faceNamed } from './faces.js';

describeConformance(faceNamed('Reader.lease'));
